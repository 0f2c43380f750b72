//! `/images/build`: `docker build` of a folder or a tar file, with what it prints.

use leptos::{html, prelude::*};
use linkspan_shared::{call::BuildImage, credential::Credentials, ids::JobId, image::BuildSpec, problem::Problem};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, FileList, HtmlInputElement};

use crate::{
    address::{at, query, replace},
    archive, browser, case,
    components::{
        draft::{self, Draft},
        entries::{Entries, EntryList, text_input, value_input},
        equivalent::{Equivalents, called},
        job_card::JobCard,
        job_output::JobOutput,
        reference_field::{ReferenceHint, fault_of},
        top_bar::TopBar,
        ui::{Glyph, Icon, problem_note::ProblemNote},
    },
    i18n::{bytes, t},
    link,
    route::Route,
    store::store,
};

/// A build argument.
#[derive(Clone, Copy)]
struct Argument {
    name: RwSignal<String>,
    value: RwSignal<String>,
}

impl Argument {
    fn new() -> Self {
        Self { name: RwSignal::default(), value: RwSignal::default() }
    }
}

/// What is sent, and what can be said of it before.
#[derive(Clone)]
struct Context {
    archive: Blob,
    files: Option<u32>,
    /// Paths at which something like a Dockerfile is.
    dockerfiles: Vec<String>,
}

#[component]
pub fn BuildPage() -> impl IntoView {
    let store = store();
    let query = query();
    let job = Memo::new(move |_| query.with(|query| query.get("job")).map(JobId));
    let reference = RwSignal::new(String::new());
    let dockerfile = RwSignal::new(String::new());
    let target = RwSignal::new(String::new());
    let (no_cache, pull, sign_in) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(true));
    let arguments = Entries::<Argument>::new();
    // All but the folder, which a browser gives once.
    let parts = move || {
        let argument = |one: Argument| vec![draft::text("name", one.name), draft::text("value", one.value)];
        vec![
            draft::text("reference", reference),
            draft::text("dockerfile", dockerfile),
            draft::text("target", target),
            draft::flag("no_cache", no_cache),
            draft::flag("pull", pull),
            draft::flag("sign_in", sign_in),
            draft::list("arguments", arguments, Argument::new, argument),
        ]
    };
    let draft = Draft::keep("build", parts());
    let context = RwSignal::new_local(None::<Context>);
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    let fault = Memo::new(move |_| reference.with(|text| fault_of(text, true)));
    let missing = move || {
        let wanted = dockerfile.with(|path| if path.trim().is_empty() { "Dockerfile".to_owned() } else { path.trim().to_owned() });
        context.with(|context| context.as_ref().is_some_and(|context| context.files.is_some() && !context.dockerfiles.contains(&wanted)))
    };
    let spec = move |size| {
        let text = |text: RwSignal<String>| text.with(|text| text.trim().to_owned());
        BuildSpec {
            reference: text(reference),
            dockerfile: text(dockerfile),
            arguments: arguments.all().iter().map(|one| (text(one.name), one.value.get())).collect(),
            target: text(target),
            no_cache: no_cache.get(),
            pull: pull.get(),
            size,
            credentials: if sign_in.get() { Credentials::Automatic } else { Credentials::None },
        }
    };
    let equivalent = Signal::derive(move || called(&BuildImage { spec: spec(0) }));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let Some(context) = context.get_untracked() else { return };
        let spec = untrack(|| spec(context.archive.size() as u64));
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match link::call(BuildImage { spec }).await {
                Ok(job) => {
                    browser::upload(&job, &context.archive);
                    // Whoever has gone on meanwhile is not called back.
                    if busy.try_get_untracked().is_none() {
                        return;
                    }
                    draft.sent(&parts());
                    replace(Route::Build.with(&[("job", &job.0)]));
                }
                Err(why) => drop(problem.try_set(Some(why))),
            }
            busy.try_set(false);
        });
    };
    let cannot = move || busy.get() || !store.is_live() || context.with(Option::is_none) || fault.with(Option::is_some);
    view! {
        <TopBar>
            <h1 class="vh">{t().build_image()}</h1>
            <nav aria-label=t().breadcrumb() class="crumbs-nav">
                <ol class="crumbs"><li><a href=at(Route::Images)>{t().images()}</a></li><li aria-current="page">{t().build_image()}</li></ol>
            </nav>
        </TopBar>
        <div class="scroller commit-page">
            <form class="card commit-card" aria-label=t().build_image() on:submit=submit>
                <header><h2>{t().build_image()}</h2><p>{t().build_intro()}</p></header>
                <div class="form-body">
                    <ContextField context=context/>
                    <div class="field">
                        <label for="build-reference">{t().repository_and_tag()}</label>
                        <div class="input mono" class:is-bad=move || fault.with(Option::is_some)>
                            <input id="build-reference" spellcheck="false" autocapitalize="none" autocomplete="off" aria-describedby="build-reference-hint" bind:value=reference/>
                        </div>
                        <ReferenceHint text=reference id="build-reference-hint" empty=t().commit_untagged_hint() is_new=true/>
                    </div>
                    <div class="row2 even">
                        <div class="field">
                            <label for="build-dockerfile">{t().dockerfile()}</label>
                            <div class="input mono">
                                <input id="build-dockerfile" placeholder="Dockerfile" spellcheck="false" autocapitalize="none" autocomplete="off" bind:value=dockerfile/>
                            </div>
                        </div>
                        <div class="field">
                            <label for="build-target">{t().build_target()}</label>
                            <div class="input mono">
                                <input id="build-target" placeholder=t().build_target_last() spellcheck="false" autocapitalize="none" autocomplete="off" bind:value=target/>
                            </div>
                        </div>
                    </div>
                    {move || missing().then(|| view! { <p class="hint warn"><Glyph icon=Icon::Warn/><span>{t().dockerfile_missing()}</span></p> })}
                    <div class="field" role="group" aria-label=t().build_arguments()>
                        <span class="label">{t().build_arguments()}</span>
                        <EntryList
                            entries=arguments
                            class="env"
                            add_label=t().add_build_argument()
                            new=Argument::new
                            remove=|argument| t().remove_build_argument(&argument.name.get())
                            view=|argument| view! { {text_input(t().argument_name(), argument.name)}{value_input(t().value(), argument.value)} }
                        />
                    </div>
                    <div class="checks">
                        <label><input type="checkbox" class="check" bind:checked=no_cache/>{t().build_no_cache()}</label>
                        <label><input type="checkbox" class="check" bind:checked=pull/>{t().build_pull()}</label>
                        <label><input type="checkbox" class="check" bind:checked=sign_in/>{t().build_sign_in()}</label>
                    </div>
                    {move || problem.get().map(|problem| view! { <ProblemNote title=t().could_not_build() problem=problem/> })}
                </div>
                <Equivalents what=equivalent/>
                <footer class="form-foot">
                    <a class="btn" href=at(Route::Images)>{t().cancel()}</a>
                    <button class="btn primary" data-needs="job.build" disabled=cannot><Glyph icon=Icon::Group/>{t().build_do()}</button>
                </footer>
            </form>
            {move || job.get().filter(|id| store.jobs.get(id).is_some()).map(|id| {
                let of = id.clone();
                view! {
                    <div class="commit-job">
                        <JobCard id=id.clone() whole=true/>
                        <section class="runresult" aria-label=t().output()>
                            <JobOutput id=id job=Signal::derive(move || store.jobs.get(&of))/>
                        </section>
                    </div>
                }
            })}
        </div>
    }
}

#[component]
fn ContextField(context: RwSignal<Option<Context>, LocalStorage>) -> impl IntoView {
    let folder = NodeRef::<html::Input>::new();
    // Not an attribute that the framework knows.
    Effect::new(move || {
        if let Some(folder) = folder.get() {
            let _ = folder.set_attribute("webkitdirectory", "");
        }
    });
    let files_of = |event: &web_sys::Event| -> Option<FileList> {
        event.target()?.dyn_into::<HtmlInputElement>().ok()?.files().filter(|files| files.length() > 0)
    };
    let unreadable = RwSignal::new(false);
    let take_folder = move |event: web_sys::Event| {
        context.set(files_of(&event).and_then(|files| {
            let paths = (0..files.length()).filter_map(|at| files.get(at)).map(|file| archive::path_in_folder(&file));
            let dockerfiles = paths.filter(|path| case::lower(path).contains("dockerfile")).collect();
            Some(Context { archive: archive::of_files(&files, 0o755, false)?, files: Some(files.length()), dockerfiles })
        }));
        unreadable.set(context.with_untracked(Option::is_none));
    };
    let take_file = move |event: web_sys::Event| {
        context
            .set(files_of(&event).and_then(|files| Some(Context { archive: files.get(0)?.into(), files: None, dockerfiles: Vec::new() })));
    };
    view! {
        <div class="row2 even" role="group" aria-label=t().build_context()>
            <div class="field">
                <label for="build-folder">{t().context_folder()}</label>
                <input id="build-folder" class="file" type="file" node_ref=folder on:change=take_folder/>
            </div>
            <div class="field">
                <label for="build-file">{t().context_tar()}</label>
                <input id="build-file" class="file" type="file" accept=".tar,.tar.gz,.tgz,.tar.xz,.tar.bz2,application/x-tar,application/gzip" on:change=take_file/>
            </div>
        </div>
        <p class="hint" class:bad=move || unreadable.get()>
            {move || unreadable.get().then(|| t().context_unreadable())}
            {move || context.with(|context| match context {
                None => t().context_hint().to_owned(),
                Some(Context { archive, files: Some(files), .. }) => t().context_files(*files as usize, &bytes(archive.size())),
                Some(Context { archive, files: None, .. }) => t().context_size(&bytes(archive.size())),
            })}
        </p>
    }
}
