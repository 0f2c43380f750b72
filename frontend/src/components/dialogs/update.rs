//! The restart policy and the limits of a container, changed while it is there.

use leptos::prelude::*;
use linkspan_shared::{
    call::{InspectContainer, UpdateContainer},
    container::{Changeable, Container, ContainerDetails, Limits},
    run::RestartPolicy,
    size::{nano_cpus, size, size_text},
};

use super::Dialogs;
use crate::{
    browser,
    components::{
        attempt::Attempt,
        equivalent::{Equivalents, called},
        ui::{Glyph, Icon, dialog::Dialog},
    },
    i18n::t,
    link,
    store::{say, warn},
};

/// In the form's words.
fn policies() -> [(RestartPolicy, &'static str); 4] {
    [
        (RestartPolicy::No, t().restart_no()),
        (RestartPolicy::OnFailure, t().restart_on_failure()),
        (RestartPolicy::UnlessStopped, t().restart_unless_stopped()),
        (RestartPolicy::Always, t().restart_always()),
    ]
}

#[component]
pub fn Update(container: Container, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let attempt = Attempt::new(t().could_not_update(&container.name));
    let details = RwSignal::new(None::<ContainerDetails>);
    let [policy, retries, memory, cpus, processes] = [(); 5].map(|()| RwSignal::new(String::new()));
    {
        let container = container.id.0.clone();
        browser::spawn_scoped(async move {
            match link::call(InspectContainer { container }).await {
                Ok(found) => {
                    let text = |value: Option<String>| value.unwrap_or_default();
                    policy.set(if found.restart_policy.is_empty() { "no".to_owned() } else { found.restart_policy.clone() });
                    retries.set(text(Some(found.retries).filter(|retries| *retries > 0).map(|retries| retries.to_string())));
                    memory.set(text(found.limits.memory.map(size_text)));
                    cpus.set(text(found.limits.cpus.map(|cpus| (cpus as f64 / 100.0).to_string())));
                    processes.set(text(found.limits.processes.map(|processes| processes.to_string())));
                    details.set(Some(found));
                }
                Err(problem) => attempt.problem.set(Some(problem)),
            }
        });
    }
    // What is wrong with each, in words.
    let wrong_memory = Memo::new(move |_| memory.with(|text| limit(text, size).is_err()).then(|| t().memory_hint_wrong()));
    let wrong_cpus = Memo::new(move |_| cpus.with(|text| limit(text, hundredths).is_err()).then(|| t().cpus_hint_wrong()));
    let is_count = |text: &str| text.parse::<i64>().ok().filter(|count| *count > 0);
    let wrong_processes = Memo::new(move |_| processes.with(|text| limit(text, is_count).is_err()).then(|| t().processes_hint_wrong()));
    let is_wrong = move || [wrong_memory, wrong_cpus, wrong_processes].iter().any(|wrong| wrong.get().is_some());
    let (id, name) = (container.id, container.name);
    let title = t().update_title(&name);
    // `None`: it cannot be read, or what there is now is not known yet.
    let call = move || {
        if is_wrong() || details.with(Option::is_none) {
            return None;
        }
        let chosen =
            policy.with(|policy| policies().iter().find(|(one, _)| one.as_str() == policy).map_or(RestartPolicy::No, |(one, _)| *one));
        let limits = Limits {
            memory: memory.with(|text| limit(text, size)).ok().flatten(),
            cpus: cpus.with(|text| limit(text, hundredths)).ok().flatten(),
            processes: processes.with(|text| limit(text, is_count)).ok().flatten(),
        };
        let retries = if chosen == RestartPolicy::OnFailure { retries.get().trim().parse().unwrap_or_default() } else { 0 };
        Some(UpdateContainer { container: id.clone(), to: Changeable { restart_policy: chosen, retries, limits } })
    };
    let equivalent = {
        let call = call.clone();
        Signal::derive(move || called(&call()?))
    };
    let save = Callback::new(move |()| {
        let Some(call) = untrack(&call) else { return };
        let name = name.clone();
        attempt.run(
            link::call(call),
            move |warnings: &Vec<String>| match warnings.as_slice() {
                [] => say(t().did_update(&name)),
                warnings => warn(t().did_update(&name), warnings.join("\n")),
            },
            move |_| close.run(()),
        );
    });
    let field =
        move |id: &'static str, label: &'static str, value: RwSignal<String>, hint: &'static str, wrong: Memo<Option<&'static str>>| {
            view! {
                <div class="field">
                    <label for=id>{label}</label>
                    <div class="input mono" class:is-bad=move || wrong.get().is_some()>
                        <input
                            id=id
                            autocomplete="off"
                            spellcheck="false"
                            placeholder=t().no_limit()
                            aria-describedby=format!("{id}-hint")
                            aria-invalid=move || wrong.get().is_some().to_string()
                            prop:value=move || value.get()
                            on:input=move |event| {
                                value.set(event_target_value(&event));
                                attempt.forget();
                            }
                        />
                    </div>
                    <p class="hint" id=format!("{id}-hint")><span>{move || wrong.get().unwrap_or(hint)}</span></p>
                </div>
            }
        };
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() || is_wrong() || details.with(Option::is_none) on:click=move |_| save.run(())>{t().update()}</button>
        }
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <p>{t().update_text()}</p>
            <form class="dialog-form" on:submit=move |event| { event.prevent_default(); save.run(()); }>
                <div class="row2 even">
                    <div class="field">
                        <label for="update-policy">{t().restart_policy()}</label>
                        <select id="update-policy" class="select" autofocus prop:value=move || policy.get() on:change=move |event| policy.set(event_target_value(&event))>
                            {policies().map(|(one, label)| view! { <option value=one.as_str() selected=move || policy.with(|policy| policy == one.as_str())>{label}</option> })}
                        </select>
                    </div>
                    <div class="field" class:vanish=move || policy.with(|policy| policy != "on-failure")>
                        <label for="update-retries">{t().retries()}</label>
                        <div class="input mono"><input id="update-retries" inputmode="numeric" autocomplete="off" placeholder=t().for_ever() bind:value=retries/></div>
                    </div>
                </div>
                <div class="row2 even">
                    {field("update-memory", t().column_memory(), memory, t().memory_hint(), wrong_memory)}
                    {field("update-cpus", t().field_cpus(), cpus, t().cpus_hint(), wrong_cpus)}
                </div>
                {field("update-pids", t().processes(), processes, t().processes_hint(), wrong_processes)}
                // So that Enter does what the button does.
                <button class="vh" tabindex="-1" aria-hidden="true"></button>
            </form>
            {move || container.project.clone().map(|project| view! {
                <div class="note warn-role"><Glyph icon=Icon::Info/><p>{t().update_compose(&project)}</p></div>
            })}
            <Equivalents what=equivalent/>
            {attempt.note()}
        </Dialog>
    }
}

/// `Ok(None)`: nothing is said.
fn limit<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ()> {
    match text.trim() {
        "" => Ok(None),
        text => read(text).map(Some).ok_or(()),
    }
}

/// Of a processor.
fn hundredths(text: &str) -> Option<u64> {
    nano_cpus(text).map(|nano| nano.div_euclid(10_000_000))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn limits_are_read_as_the_docker_cli_reads_them() {
        assert_eq!((hundredths("1.5"), hundredths("0,25"), hundredths("0"), hundredths("x")), (Some(150), Some(25), None, None));
        assert_eq!((limit("", size), limit(" ", size), limit("x", size)), (Ok(None), Ok(None), Err(())));
    }
}
