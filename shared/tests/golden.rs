//! One sample of every message, as it goes over the wire. A difference is a change of the protocol: look at it, then
//! write it down with `UPDATE_GOLDEN=1 cargo test -p linkspan-shared`.

use linkspan_shared::{
    call::*, channel::*, connect::*, container::*, control::*, credential::*, disk::*, engine::*, explain::*, file::*, ids::*, image::*,
    job::*, json::Json, person::Page, ports::PortLine, problem::*, stats::*, table::TableChange, terminal::*, time::Timestamp, user::*,
};
#[path = "golden/account.rs"]
mod account;
#[path = "golden/activity.rs"]
mod activity;
#[path = "golden/objects.rs"]
mod objects;
#[path = "golden/review.rs"]
mod review;

use objects::*;
use serde::{Serialize, de::DeserializeOwned};

/// Samples by name; each is checked to read back as what it was.
#[derive(Default)]
struct Samples(String);

impl Samples {
    fn add<T: Serialize + DeserializeOwned + std::fmt::Debug>(&mut self, name: &str, sample: T) {
        let json = serde_json::to_string(&sample).expect("it can be written");
        let back: T = serde_json::from_str(&json).expect("it can be read");
        assert_eq!(serde_json::to_string(&back).expect("it can be written"), json, "{name} changes on its way");
        self.0.push_str(&format!("{name}: {json}\n"));
    }

    fn call<C: Call + std::fmt::Debug>(&mut self, call: C) {
        self.add(C::NAME, call);
    }

    fn output<C: Call>(&mut self, output: C::Output)
    where
        C::Output: std::fmt::Debug,
    {
        self.add(&format!("{} →", C::NAME), output);
    }
}

fn client_messages(samples: &mut Samples) {
    let engine = || EngineId::new("local");
    samples.add(
        "client call",
        ClientMessage::Call {
            id: RequestId(7),
            engine: engine(),
            call: "container.start".into(),
            arguments: Json::of(&serde_json::json!({"container": id()})).unwrap(),
        },
    );
    for (name, spec) in [
        ("people", ChannelSpec::People),
        ("engines", ChannelSpec::Engines),
        ("containers", ChannelSpec::Containers),
        ("labels", ChannelSpec::Labels),
        ("images", ChannelSpec::Images),
        ("volumes", ChannelSpec::Volumes),
        ("networks", ChannelSpec::Networks),
        ("jobs", ChannelSpec::Jobs),
        ("accounts", ChannelSpec::Accounts),
        ("activity", ChannelSpec::Activity),
        ("stats", ChannelSpec::Stats { containers: vec![id()] }),
        ("logs", ChannelSpec::Logs(LogsSpec { container: id(), tail: Some(100), since: Some((1_795_309_323, 4)), behind: None })),
        (
            "logs again",
            ChannelSpec::Logs(LogsSpec {
                container: id(),
                tail: None,
                since: None,
                behind: Some(linkspan_shared::log_entry::Position { time: (1_795_309_323, 4), count: 2 }),
            }),
        ),
        ("credentials", ChannelSpec::Credentials),
        ("terminal", ChannelSpec::Terminal { terminal: TerminalId::new("5d0c") }),
        ("history", ChannelSpec::History { container: id() }),
        ("job output", ChannelSpec::JobOutput { job: JobId::new("2") }),
    ] {
        let resume = Some(Resume { epoch: Epoch::new("e"), sequence: 41 });
        samples.add(&format!("client open {name}"), ClientMessage::Open { channel: ChannelId(1), engine: engine(), spec, resume });
    }
    samples.add("client close", ClientMessage::Close { channel: ChannelId(1) });
    samples.add("client acknowledge", ClientMessage::Acknowledge { channel: ChannelId(1), bytes: 65_536 });
    samples.add("client ping", ClientMessage::Ping);
}

fn server_messages(samples: &mut Samples) {
    let user = User { name: UserName::new("mika"), grants: account::grants() };
    samples.add(
        "server hello",
        ServerMessage::Hello(Hello {
            build: "0f".into(),
            user,
            administrators: vec!["admin".into()],
            engines: vec![EngineId::new("local")],
            now: Timestamp(5),
            unrecorded: None,
        }),
    );
    samples.add("server reply", ServerMessage::Reply { id: RequestId(7), output: Json::of(&()).unwrap() });
    samples.add("server refusal", ServerMessage::Refusal { id: RequestId(7), problem: problem() });
    samples.add("server done", ServerMessage::Done { channel: ChannelId(1) });
    samples.add("server closed", ServerMessage::Closed { channel: ChannelId(1), problem: problem() });
    samples.add("server pong", ServerMessage::Pong { now: Timestamp(1_700_000_000_000), unrecorded: None });
    samples.add(
        "server pong unrecorded",
        ServerMessage::Pong { now: Timestamp(1_700_000_000_000), unrecorded: Some("the disk is full".into()) },
    );
    let engine = |link, about| Engine {
        id: EngineId::new("local"),
        order: 0,
        endpoint: "unix:///run/docker.sock".into(),
        production: true,
        removable: false,
        link,
        about,
        lacking: vec![Lacking { part: EnginePart::Images, whole: true, problem: problem() }],
        keeps_figures: false,
        clock_ahead: -3_600_000,
    };
    let stats = ContainerStats { container: id(), cpu: Some(1_234), memory: 7_340_032, memory_limit: None };
    let about = EngineAbout {
        host: "pier-01".into(),
        reached_at: Some("pier-01.lan".into()),
        product: "Docker".into(),
        version: "27.3.1".into(),
        api_version: "1.24".into(),
        memory: Some(8_589_934_592),
        lacks: vec![Feature::Mounts, Feature::AutoRemove],
    };
    let unreachable = EngineLink::Unreachable { since: Timestamp(1), next_try: Timestamp(2), problem: problem() };
    let image = Image { id: image_id(), tags: vec!["nginx:1.27".into()], digests: vec![], created: Timestamp(3), size: 48_200_000 };
    let credential = |kind| StoredCredential {
        name: "ci".into(),
        registry: "registry.lan:5000".into(),
        kind,
        stored_by: UserName::new("mika"),
        stored: Timestamp(4),
    };
    let credentials = vec![credential(CredentialKind::Password { username: "robot".into() }), credential(CredentialKind::IdentityToken)];
    let labels = ContainerLabels { container: id(), labels: vec![("com.example.tier".into(), "front".into())] };
    for (name, change) in [
        ("accounts", StateChange::Accounts(account::accounts())),
        ("activity", StateChange::Activity(7)),
        ("people", StateChange::People(TableChange::Snapshot(vec![account::person(id())]))),
        ("engines connecting", StateChange::Engines(TableChange::Snapshot(vec![engine(EngineLink::Connecting, None)]))),
        ("engines connected", StateChange::Engines(TableChange::Snapshot(vec![engine(EngineLink::Connected, Some(about))]))),
        (
            "engines catching up",
            StateChange::Engines(TableChange::Snapshot(vec![engine(EngineLink::CatchingUp { since: Timestamp(1) }, None)])),
        ),
        ("engines unreachable", StateChange::Engines(TableChange::Snapshot(vec![engine(unreachable, None)]))),
        ("containers snapshot", StateChange::Containers(TableChange::Snapshot(vec![container()]))),
        ("containers delta", StateChange::Containers(TableChange::Delta { upserted: vec![container()], removed: vec![id()] })),
        ("labels", StateChange::Labels(TableChange::Snapshot(vec![labels]))),
        ("images", StateChange::Images(TableChange::Snapshot(vec![image]))),
        ("volumes", StateChange::Volumes(TableChange::Snapshot(vec![volume()]))),
        ("networks", StateChange::Networks(TableChange::Snapshot(vec![network()]))),
        ("jobs", StateChange::Jobs(TableChange::Snapshot(jobs()))),
        ("credentials", StateChange::Credentials(TableChange::Snapshot(credentials))),
        ("history", StateChange::History(history())),
        ("stats", StateChange::Stats(TableChange::Delta { upserted: vec![stats], removed: vec![] })),
    ] {
        let message = ServerMessage::State { channel: ChannelId(1), epoch: Epoch::new("e"), sequence: 42, change };
        samples.add(&format!("server state {name}"), message);
    }
}

fn calls(samples: &mut Samples) {
    samples.call(StartContainer { container: id() });
    samples.call(StopContainer { container: id(), removal_confirmed: true });
    samples.call(RestartContainer { container: id() });
    samples.call(KillContainer { container: id(), removal_confirmed: false });
    samples.call(PauseContainer { container: id() });
    samples.call(ResumeContainer { container: id() });
    let limits = Limits { memory: Some(1 << 26), cpus: Some(50), processes: None };
    samples.call(UpdateContainer {
        container: id(),
        to: Changeable { restart_policy: linkspan_shared::run::RestartPolicy::OnFailure, retries: 3, limits },
    });
    samples.output::<UpdateContainer>(vec!["Your kernel does not support swap limit capabilities".into()]);
    samples.call(RenameContainer { container: id(), name: "web-2".into() });
    samples.call(RemoveContainer { container: id(), volumes: true, force: false, stop: true });
    let stop = || Json::of(&serde_json::json!({ "container": id(), "removal_confirmed": false })).unwrap();
    for what in [
        Explained::Call { call: "container.stop".into(), arguments: stop() },
        Explained::Channel(ChannelSpec::Containers),
        Explained::Job(JobId::new("41a2")),
    ] {
        samples.call(Explain { what });
    }
    samples.output::<Explain>(vec![Equivalent {
        language: Language::Httpie,
        text: "http --check-status".into(),
        missing: vec!["nobody could type".into()],
    }]);
    samples.call(EditContainer { container: id(), spec: run_spec(), keep: true });
    samples.output::<EditContainer>(Some(JobId::new("41a2")));
    samples.call(ExportContainers { containers: vec![id()] });
    samples.output::<ExportContainers>(Exported { docker: "docker run alpine\n".into(), compose: "services:\n".into() });
    samples.call(ExportActions { language: Language::Python });
    samples.output::<ExportActions>("#!/usr/bin/env python3\n".into());
    samples.call(RunLike { container: ContainerId::new("0123456789ab") });
    samples.output::<RunLike>(linkspan_shared::run::LikeContainer { spec: run_spec(), left_out: vec!["SecurityOpt".into()] });
    samples.call(InspectContainer { container: "web-1".into() });
    samples.output::<InspectContainer>(ContainerDetails {
        id: id(),
        started: Some(Timestamp(1)),
        finished: None,
        error: String::new(),
        out_of_memory: false,
        restart_count: 2,
        retries: 0,
        health_check: Some(HealthCheck {
            test: vec!["CMD-SHELL".into(), "curl -f localhost".into()],
            interval: Some(5_000),
            failing_streak: 2,
            probes: vec![Probe { ended: Some(Timestamp(9)), exit_code: 1, output: "refused".into() }],
        }),
        limits: Limits { memory: Some(1 << 28), cpus: Some(150), processes: Some(100) },
        restart_policy: "always".into(),
        entrypoint: vec!["/entry".into()],
        command: vec!["run".into()],
        working_dir: "/".into(),
        user: "root".into(),
        tty: false,
        privileged: false,
        environment: vec!["A=b".into()],
        ports: vec![PortLine {
            host: Some((8080, 8081)),
            container: (80, 81),
            protocol: "tcp".into(),
            addresses: vec!["127.0.0.1".into()],
        }],
        mounts: vec![MountPoint { kind: "volume".into(), source: "data".into(), target: "/data".into(), read_only: false }],
        networks: vec![NetworkAddress { network: "bridge".into(), ip_address: "172.17.0.2".into() }],
        labels: vec![("a".into(), "b".into())],
        exposed_ports: vec!["80/tcp".into()],
        stop_signal: "SIGINT".into(),
        raw: "{}".into(),
    });
    samples.call(RemoveImage { reference: "web:2".into(), force: false, all_names: false });
    let volume = VolumeName::new("shop_data");
    let labels = vec![("team".to_owned(), "quay".to_owned())];
    samples.call(CreateVolume { name: volume.0.clone(), driver: "local".into(), options: vec![], labels: labels.clone() });
    samples.output::<CreateVolume>(volume.clone());
    samples.call(InspectVolume { name: volume });
    samples.output::<InspectVolume>("{}".into());
    samples.call(CreateNetwork {
        name: "back".into(),
        driver: "bridge".into(),
        subnet: "10.9.0.0/16".into(),
        gateway: "10.9.0.1".into(),
        internal: true,
        attachable: false,
        ipv6: false,
        labels,
    });
    let network = NetworkId::new("5e1d");
    samples.output::<CreateNetwork>(network.clone());
    samples.call(InspectNetwork { network: network.clone() });
    samples.output::<InspectNetwork>("{}".into());
    samples.call(ConnectNetwork { network: network.clone(), container: id() });
    samples.call(DisconnectNetwork { network, container: id(), force: false });
    let (terminal, size) = (TerminalId::new("5d0c"), TerminalSize { columns: 80, rows: 24 });
    samples.call(ListShells { container: id() });
    samples.output::<ListShells>(Shells { found: vec!["/bin/bash".into()], folders: vec!["/bin".into()], has_terminal: true });
    let spec = TerminalSpec { container: id(), command: vec!["/bin/bash".into()], user: "1000".into(), working_dir: "/srv".into(), size };
    samples.call(OpenTerminal { spec });
    samples.output::<OpenTerminal>(terminal.clone());
    samples.call(AttachTerminal { container: id(), size: TerminalSize { columns: 80, rows: 24 }, input: false });
    samples.call(ListTerminals { container: id() });
    let info = |state| TerminalInfo {
        id: terminal.clone(),
        command: vec!["sh".into()],
        user: String::new(),
        is_attached: false,
        is_read_only: false,
        can_end: true,
        started: Timestamp(1),
        size,
        can_hang_up: true,
        state,
    };
    samples.output::<ListTerminals>(vec![
        info(TerminalState::Running),
        info(TerminalState::Ended { exit_code: Some(7) }),
        info(TerminalState::Abandoned),
    ]);
    samples.call(ResizeTerminal { terminal: terminal.clone(), size });
    samples.call(ShareTerminal { terminal: terminal.clone(), on: true });
    samples.call(EndTerminal { terminal: terminal.clone() });
    samples.call(ListFiles { source: FileSource::Container(id()), path: "/etc".into() });
    let entry = FileEntry {
        name: "bin".into(),
        kind: FileKind::Link,
        size: 7,
        mode: 0o777,
        modified: Some(Timestamp(1)),
        uid: 0,
        gid: 0,
        target: "usr/bin".into(),
    };
    samples.output::<ListFiles>(Listing { entries: vec![entry], is_partial: false });
    samples.call(ReadFile { source: FileSource::Volume(VolumeName::new("data")), path: "/etc/hosts".into() });
    samples.output::<ReadFile>(FileText {
        text: Some("127.0.0.1 localhost\n".into()),
        size: 20,
        is_cut: false,
        digest: Some("00ff".into()),
    });
    samples.call(CreateFolder { source: FileSource::Container(id()), path: "/srv".into(), name: "new".into() });
    samples.call(RenameFile { source: FileSource::Container(id()), path: "/srv/new".into(), name: "old".into() });
    samples.call(DeleteFile { source: FileSource::Container(id()), path: "/srv/old".into() });
    samples.call(LookAt { turn: 3, page: Page::Commit, container: Some(id()) });
    samples.call(InspectEngine {});
    samples.output::<InspectEngine>(EngineDetails {
        cpus: Some(8),
        warnings: vec!["No swap limit support".into()],
        ..EngineDetails::default()
    });
    samples.call(EngineFigures {});
    samples.output::<EngineFigures>(vec![Sample::default()]);
    review::calls(samples);
    samples.call(ListProcesses { container: id() });
    samples.output::<ListProcesses>(Processes { titles: vec!["PID".into()], rows: vec![vec!["1".into()]] });
    let secret = Secret::from("hunter2");
    for (platform, credentials) in [
        ("", Credentials::Automatic),
        ("linux/arm64", Credentials::None),
        ("", Credentials::Stored("ci".into())),
        ("", Credentials::Typed { username: "mika".into(), password: secret.clone() }),
    ] {
        samples.call(PullImage { reference: "alpine".into(), all_tags: false, platform: platform.into(), credentials });
    }
    samples.call(PushImage { reference: "registry.lan/web:2".into(), credentials: Credentials::Automatic });
    samples.call(InspectImage { image: "web:2".into() });
    samples.output::<InspectImage>(ImageDetails {
        image: Image { id: image_id(), tags: vec!["web:2".into()], digests: vec![], created: Timestamp(3), size: 7 },
        platform: "linux/amd64".into(),
        author: "mika".into(),
        message: "m".into(),
        entrypoint: vec!["/entry".into()],
        command: vec!["run".into()],
        working_dir: "/srv".into(),
        user: "1000".into(),
        environment: vec!["A=b".into()],
        ports: vec!["80/tcp".into()],
        volumes: vec!["/data".into()],
        labels: vec![("a".into(), "b".into())],
        health_check: vec!["CMD".into(), "true".into()],
        stop_signal: "SIGINT".into(),
        history: vec![HistoryEntry {
            created: Some(Timestamp(1)),
            created_by: "/bin/sh -c #(nop) CMD".into(),
            size: 0,
            comment: String::new(),
            tags: vec!["web:2".into()],
        }],
        raw: "{}".into(),
    });
    samples.call(TagImage { image: "web:2".into(), reference: "web:3".into() });
    samples.call(CheckImage { reference: "web:2".into(), credentials: Credentials::Automatic });
    for freshness in
        [Freshness::Same, Freshness::Other { digest: "sha256:00".into() }, Freshness::NeverShared { digest: "sha256:00".into() }]
    {
        samples.output::<CheckImage>(freshness);
    }
    samples.call(UseOfDisk {});
    let item = DiskItem {
        object: Object::Cache("x1".into()),
        name: "RUN make".into(),
        size: 9,
        frees: 7,
        created: Some(Timestamp(1)),
        kind: DiskKind::BuildCache,
        in_use: false,
    };
    samples.output::<UseOfDisk>(DiskUsage { images_size: 10, items: vec![item] });
    samples.call(LoadImages { name: "all.tar".into(), size: 1024 });
    samples.call(BuildImage {
        spec: BuildSpec {
            reference: "web:2".into(),
            dockerfile: "build/Dockerfile".into(),
            arguments: vec![("VERSION".into(), "2".into())],
            target: "release".into(),
            no_cache: true,
            pull: true,
            size: 1024,
            credentials: Credentials::Automatic,
        },
    });
    samples.call(Remove { objects: vec![Object::Image("web:2".into())], force: false, volumes: false, stop: false });
    samples.call(Prune { objects: vec![Object::Volume("data".into())] });
    account::calls(samples);
    samples.call(StoreCredential { name: "ci".into(), registry: "registry.lan:5000".into(), username: "robot".into(), secret });
    samples.call(RemoveCredential { name: "ci".into() });
    samples.call(ListLogins {});
    samples.output::<ListLogins>(DockerLogins { registries: vec!["docker.io".into()], store: "pass".into(), shared: false, usable: true });
    samples.output::<PullImage>(JobId::new("1"));
    samples.call(RunContainer { spec: run_spec() });
    samples.call(ActOnContainers { kind: BatchKind::Stop, containers: vec![id()], all: true });
    samples.call(CommitContainer {
        container: id(),
        reference: "web:2".into(),
        message: "m".into(),
        author: "a".into(),
        pause: true,
        configuration: Configuration::default(),
    });
    samples.call(ExamineEngine { url: Some("ssh://pier".into()) });
    let refused =
        Problem::new(ProblemCode::EngineUnreachable(ConnectFault::Refused), "tcp://pier:2376", "Connection refused (os error 111)");
    samples.output::<ExamineEngine>(vec![
        Examined { step: ConnectStep::Address, outcome: StepOutcome::Passed("tcp://pier:2376".into()) },
        Examined { step: ConnectStep::Name, outcome: StepOutcome::NotNeeded("a socket on this machine".into()) },
        Examined { step: ConnectStep::Connection, outcome: StepOutcome::Failed(refused) },
        Examined { step: ConnectStep::Encryption, outcome: StepOutcome::NotReached },
    ]);
    samples.call(AddEngine { name: "pier".into(), url: "ssh://pier".into() });
    samples.call(KeepFigures { on: true });
    samples.call(RemoveEngine { name: EngineId::new("pier") });
    samples.call(RetryEngine {});
    samples.call(CancelJob { job: JobId::new("1"), remove: true });
    samples.call(DismissJob { job: JobId::new("1") });
}

#[test]
fn messages_are_what_they_were() {
    let mut samples = Samples::default();
    client_messages(&mut samples);
    server_messages(&mut samples);
    calls(&mut samples);
    for (name, _) in ROLES {
        assert!(samples.0.lines().any(|line| line.starts_with(&format!("{name}: "))), "{name} has no sample");
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &samples.0).expect("the samples can be written");
    }
    let golden = std::fs::read_to_string(&path).expect("golden.txt is there");
    for (sample, golden) in samples.0.lines().zip(golden.lines()) {
        assert_eq!(sample, golden);
    }
    assert_eq!(samples.0.lines().count(), golden.lines().count());
}
