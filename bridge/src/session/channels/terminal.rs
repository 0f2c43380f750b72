//! One's own terminal, and another's at which somebody looks on.

use linkspan_shared::{ids::TerminalId, json::Json, problem::Problem, user::Role};
use serde_json::json;

use super::Channel;
use crate::{hub::terminals::Looking, policy::Concern, session::noted::Noted};

impl Channel {
    pub(super) async fn terminal(&self, id: TerminalId) -> Result<(), Problem> {
        let user = &self.target.context.user.name;
        let terminal = match self.target.engine.terminals.get(&id, user) {
            Ok(terminal) => terminal,
            Err(_) => return self.look_on(&id).await,
        };
        // Of one that has ended, what it printed is left.
        if let Err(problem) = self.target.reach.may_enter(&terminal.spec.container).await
            && terminal.is_running()
        {
            return Err(problem);
        }
        let _watching = terminal.watch();
        let typing = async {
            let mut input = self.input.lock().await;
            while let Some(bytes) = input.recv().await
                && terminal.write(bytes).await
            {}
            // The output says how it ended.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            ended = self.output(&terminal.output, terminal.taken(), |offset| terminal.took(offset)) => ended,
            () = typing => Ok(()),
        }
    }

    /// At somebody else's terminal, where they let whoever may open one there.
    async fn look_on(&self, id: &TerminalId) -> Result<(), Problem> {
        let terminal = self.target.engine.terminals.shared(id)?;
        let concern = Concern::container(&terminal.spec.container);
        self.target.reach.authorise(Role::Developer, &concern)?;
        self.target.reach.may_enter(&terminal.spec.container).await?;
        Noted::begin("terminal.look_on", &concern, &Json::of(&json!({ "terminal": id })).unwrap_or_default(), &self.target).end(Ok(None));
        let mut looking = Looking::begin(terminal.clone(), self.target.context.user.name.clone());
        let typing = async {
            while self.input.lock().await.recv().await.is_some() {}
            std::future::pending::<()>().await;
        };
        tokio::select! {
            // It was answered by its owner's, whatever it asks.
            ended = self.output(&terminal.output, u64::MAX, |_| {}) => ended,
            over = looking.over() => Err(over),
            () = typing => Ok(()),
        }
    }
}
