//! Samples of people, their sessions and their tokens.

use linkspan_shared::{
    account::*,
    call::*,
    credential::Secret,
    ids::{ContainerId, EngineId, TerminalId, UserName},
    passkey::Passkey,
    person::*,
    terminal::TerminalSize,
    time::Timestamp,
    user::*,
    webhook::*,
};

use crate::Samples;

pub fn grants() -> Vec<Grant> {
    let label = Scope::Label { name: "com.docker.compose.project".into(), value: "web".into() };
    vec![
        Grant { role: Role::Viewer, scope: Scope::All },
        Grant { role: Role::Operator, scope: Scope::Engine(EngineId::new("pier")) },
        Grant { role: Role::Developer, scope: label },
    ]
}

pub fn person(container: ContainerId) -> Person {
    let engine = || EngineId::new("local");
    let shared = SharedTerminal {
        terminal: TerminalId::new("t1"),
        shell: "ash".into(),
        size: TerminalSize { columns: 80, rows: 24 },
        lookers: vec![UserName::new("jun")],
    };
    Person {
        name: UserName::new("mika"),
        terminals: vec![Opened { engine: engine(), container: container.clone(), shared: Some(shared) }],
        open: vec![OpenPage { engine: engine(), page: Page::Commit, container: Some(container) }],
    }
}

pub fn accounts() -> Accounts {
    let user = User { name: UserName::new("mika"), grants: grants() };
    let invitation = Invitation { id: "1".into(), grants: grants(), by: UserName::new("admin"), expires: Timestamp(9) };
    Accounts {
        people: vec![Account { user, disabled: true, external: true, sessions: 2, last_seen: Some(Timestamp(8)) }],
        invitations: vec![invitation],
    }
}

pub fn calls(samples: &mut Samples) {
    let name = || UserName::new("mika");
    samples.call(InvitePerson { grants: grants(), days: 7 });
    samples.output::<InvitePerson>(Shown { secret: Secret::from("s3cret") });
    samples.call(WithdrawInvitation { id: "1".into() });
    samples.call(ChangePerson { name: name(), grants: Some(grants()), disabled: Some(true) });
    samples.call(RemovePerson { name: name() });
    samples.call(ResetPassword { name: name() });
    samples.call(EndSessions { name: None });
    samples.call(ListWebhooks {});
    let triggers = vec![
        Trigger::Unhealthy,
        Trigger::Restarted { times: 5 },
        Trigger::Exited { code: Some(137) },
        Trigger::Exited { code: None },
        Trigger::EngineLost,
        Trigger::JobFailed,
    ];
    let (url, engine) = ("https://chat.example/hook".to_owned(), Some(EngineId::new("local")));
    samples.call(NewWebhook { name: "chat".into(), url: url.clone(), triggers: triggers.clone(), engine: engine.clone() });
    samples.call(RemoveWebhook { id: "1".into() });
    samples.call(TestWebhook { id: "1".into() });
    let last = Some(Delivery { at: Timestamp(5), problem: Some("the answer is 500".into()) });
    samples.output::<ListWebhooks>(vec![Webhook { id: "1".into(), name: "chat".into(), url, triggers, engine, last, left_out: 3 }]);
    samples.call(ListTokens {});
    samples.call(NewToken { name: "prometheus".into(), role: Role::Viewer, days: None });
    samples.call(RemoveToken { id: "1".into() });
    samples.call(ListPasskeys {});
    samples.call(RemovePasskey { id: "1".into() });
    let token = Token {
        id: "1".into(),
        name: "prometheus".into(),
        role: Role::Viewer,
        created: Timestamp(1),
        expires: Some(Timestamp(2)),
        used: Some(Timestamp(3)),
    };
    samples.output::<ListTokens>(vec![token]);
    let (name, host) = ("laptop".to_owned(), "localhost".to_owned());
    samples.output::<ListPasskeys>(vec![Passkey { id: "1".into(), name, host, created: Timestamp(1), used: Some(Timestamp(3)) }]);
    crate::activity::calls(samples);
}
