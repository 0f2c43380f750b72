//! One of each thing that messages are made of.

use linkspan_shared::{container::*, credential::*, ids::*, job::*, network::*, problem::*, run::*, stats::*, time::Timestamp, volume::*};

pub fn id() -> ContainerId {
    ContainerId::new("3f9c1d7a2b64".repeat(5) + "abcd")
}

pub fn image_id() -> ImageId {
    ImageId::new("sha256:".to_owned() + &"0".repeat(64))
}

pub fn problem() -> Problem {
    Problem::new(ProblemCode::Conflict, "web-1", "the container name \"/web-1\" is already in use")
}

pub fn container() -> Container {
    Container {
        id: id(),
        name: "web-1".into(),
        image: "nginx:1.27".into(),
        image_id: image_id(),
        command: "nginx -g 'daemon off;'".into(),
        created: Timestamp(1_795_309_323_000),
        started: Some(Timestamp(1_795_309_324_000)),
        state: ContainerState::Running,
        unknown_state: None,
        health: Health::Healthy,
        exit_code: None,
        out_of_memory: false,
        restarts: 0,
        ports: vec![Port { container_port: 80, protocol: "tcp".into(), host_port: Some(8080), host_ip: "0.0.0.0".into() }],
        volumes: vec!["shop_data".into()],
        networks: vec!["shop_default".into()],
        service: Some("web".into()),
        project: Some("shop".into()),
        project_file: Some("/srv/storefront/compose.yaml".into()),
        swarm_service: None,
        auto_remove: false,
        is_self: false,
    }
}

pub fn history() -> StatsHistory {
    let sample = Sample {
        time: Timestamp(1_795_309_323_000),
        cpu: Some(1250),
        memory: 1 << 20,
        memory_limit: Some(1 << 28),
        received: Some(10),
        sent: Some(20),
        read: None,
        written: None,
        processes: 2,
    };
    StatsHistory { is_whole: true, samples: vec![sample], marks: vec![Mark { time: Timestamp(1_795_309_323_000), event: "die".into() }] }
}

pub fn volume() -> Volume {
    Volume {
        name: VolumeName::new("shop_data"),
        driver: "local".into(),
        mountpoint: "/var/lib/docker/volumes/shop_data/_data".into(),
        scope: "local".into(),
        created: Some(Timestamp(1_795_309_323_000)),
        labels: vec![("team".into(), "quay".into())],
        options: vec![],
    }
}

pub fn network() -> Network {
    Network {
        id: NetworkId::new("5e1d"),
        name: "shop_default".into(),
        driver: "bridge".into(),
        scope: "local".into(),
        created: None,
        internal: false,
        attachable: false,
        ipv6: false,
        subnets: vec![Subnet { subnet: "10.9.0.0/16".into(), gateway: "10.9.0.1".into() }],
        labels: vec![],
        options: vec![("com.docker.network.bridge.name".into(), "br0".into())],
    }
}

pub fn run_spec() -> RunSpec {
    RunSpec {
        image: "alpine:3.20".into(),
        name: "box".into(),
        command: vec!["echo".into(), "hello world".into()],
        entrypoint: Some(vec!["sh".into()]),
        working_dir: "/srv".into(),
        user: "1000".into(),
        environment: vec![("COLOUR".into(), "blue".into())],
        ports: vec![PortMapping { host_ip: "127.0.0.1".into(), host_port: Some(8080), container_port: 80, protocol: Protocol::Tcp }],
        mounts: vec![Mount { kind: MountKind::Bind, source: "/srv".into(), target: "/data".into(), read_only: true }],
        labels: vec![("team".into(), "quay".into())],
        restart_policy: RestartPolicy::UnlessStopped,
        network: "shop_default".into(),
        background: true,
        auto_remove: false,
        tty: false,
        privileged: false,
        options: RunOptions { memory: Some(64 << 20), cap_drop: vec!["NET_RAW".into()], init: true, ..RunOptions::default() },
    }
}

pub fn jobs() -> Vec<Job> {
    let job = |id: &str, outcome, work| Job {
        id: JobId::new(id),
        started_by: UserName::new("mika"),
        started: Timestamp(1),
        ended: Some(Timestamp(2)),
        cancelled_by: matches!(outcome, Outcome::Cancelled).then(|| UserName::new("noor")),
        outcome,
        work,
    };
    let progress = Progress {
        layers: vec![Layer { id: "0123456789ab".into(), status: "Downloading".into(), current: 10, total: 100 }],
        status: "Pulling from library/alpine".into(),
        permille: 50,
        bytes: 10,
        bytes_total: 100,
        bytes_per_second: 5,
        seconds_left: Some(18),
    };
    let transfer = |credential| Transfer {
        reference: "alpine:3.20".into(),
        all_tags: false,
        platform: "linux/arm64".into(),
        credential,
        trouble: "docker-credential-x cannot be started".into(),
        progress: progress.clone(),
    };
    let upload = Upload { sent: 512, size: 1024 };
    let run = Run {
        image: "alpine".into(),
        background: false,
        tty: false,
        container: Some(id()),
        terminal: Some(TerminalId::new("5d0c")),
        name: "box".into(),
        steps: vec![Step { kind: StepKind::Pull, state: StepState::Skipped, milliseconds: 3 }],
        pull: Some(progress.clone()),
        exit_code: Some(3),
        warnings: vec!["no swap limit".into()],
        trouble: String::new(),
        output_dropped: 0,
        left_behind: false,
    };
    let target = |(object, result)| Target { object, name: "web-1".into(), bytes: 7, result };
    let targets = [
        (Object::Container(id()), TargetResult::Waiting),
        (Object::Container(id()), TargetResult::UnderWay),
        (Object::Image("web:2".into()), TargetResult::Done),
        (Object::Container(id()), TargetResult::AlreadyStopped),
        (Object::Volume("data".into()), TargetResult::Gone),
        (Object::Cache("x1".into()), TargetResult::LeftAlone),
        (Object::Container(id()), TargetResult::Failed(problem())),
    ];
    let batch = |kind| Work::Batch(Batch { kind, all: kind == BatchKind::Stop, targets: targets.clone().map(target).into() });
    let commit = Commit {
        container: id(),
        name: "web-1".into(),
        reference: "web:2".into(),
        image: Some(image_id()),
        selected: Some(3),
        differs: vec!["Env".into()],
    };
    let recreate = Recreate {
        container: id(),
        name: "web-1".into(),
        image: "web:1".into(),
        new: Some(id()),
        kept: Some("web-1-old-00ff".into()),
        steps: vec![Step { kind: StepKind::Stop, state: StepState::Done, milliseconds: 5 }],
    };
    let load = Load { name: "all.tar".into(), upload, progress: progress.clone(), loaded: vec!["alpine:3.20".into()] };
    let build = Build {
        reference: "web:2".into(),
        upload,
        step: "Step 1/2 : FROM alpine".into(),
        image: Some(image_id()),
        trouble: String::new(),
        output_dropped: 0,
    };
    vec![
        job("1", Outcome::Running, Work::Pull(transfer(CredentialUse::DockerLogin { registry: "docker.io".into() }))),
        job("2", Outcome::Succeeded, Work::Run(run)),
        job("3", Outcome::Cancelled, batch(BatchKind::Stop)),
        job("4", Outcome::Failed(problem()), Work::Commit(commit)),
        job("5", Outcome::Interrupted, Work::Push(transfer(CredentialUse::Typed { username: "mika".into() }))),
        job("6", Outcome::Succeeded, batch(BatchKind::Remove { force: true, volumes: true, stop: true })),
        job("7", Outcome::Succeeded, batch(BatchKind::Prune)),
        job("8", Outcome::Running, Work::Load(load)),
        job("9", Outcome::Running, Work::Build(build)),
        job("10", Outcome::Running, Work::Pull(transfer(CredentialUse::Stored { name: "ci".into() }))),
        job("12", Outcome::Running, Work::Recreate(recreate)),
        job("11", Outcome::Running, Work::Pull(transfer(CredentialUse::None))),
    ]
}
