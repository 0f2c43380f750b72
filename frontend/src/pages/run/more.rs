//! What most containers do without, folded away.

use leptos::prelude::*;
use linkspan_shared::{
    run::RunOptions,
    size::{cpus_text, nano_cpus, size, size_text},
};

use super::form::{Check, Field};
use crate::{
    components::{
        draft::{self, Part},
        ui::{Glyph, Icon},
    },
    i18n::t,
};

const COUNT: usize = 12;
const FIELDS: [(&str, &str); COUNT] = [
    ("hostname", "run-hostname"),
    ("memory", "run-memory"),
    ("cpus", "run-cpus"),
    ("pids_limit", "run-pids-limit"),
    ("shm_size", "run-shm-size"),
    ("stop_signal", "run-stop-signal"),
    ("stop_timeout", "run-stop-timeout"),
    ("cap_add", "run-cap-add"),
    ("cap_drop", "run-cap-drop"),
    ("extra_hosts", "run-extra-hosts"),
    ("dns", "run-dns"),
    ("devices", "run-devices"),
];

fn labels() -> [&'static str; COUNT] {
    [
        t().hostname(),
        t().memory_limit(),
        t().cpu_limit(),
        t().process_limit(),
        t().shm_size(),
        t().stop_signal(),
        t().stop_timeout_seconds(),
        t().capabilities_added(),
        t().capabilities_dropped(),
        t().extra_hosts(),
        t().dns_servers(),
        t().devices(),
    ]
}

#[derive(Clone, Copy)]
pub struct More {
    texts: [RwSignal<String>; COUNT],
    init: RwSignal<bool>,
    read_only: RwSignal<bool>,
}

impl More {
    pub fn new() -> Self {
        Self { texts: FIELDS.map(|_| RwSignal::default()), init: RwSignal::new(false), read_only: RwSignal::new(false) }
    }

    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let flags = [draft::flag("init", self.init), draft::flag("read_only", self.read_only)];
        FIELDS.into_iter().zip(self.texts).map(|((name, _), text)| draft::text(name, text)).chain(flags)
    }

    /// What is said, or what of it cannot be read.
    pub fn options(&self) -> Result<RunOptions, String> {
        let labels = labels();
        fn read<T>(label: &str, text: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, String> {
            if text.is_empty() { Ok(None) } else { read(text).map(Some).ok_or_else(|| t().option_unreadable(label, text)) }
        }
        let text = |field: usize| self.texts[field].get().trim().to_owned();
        let words = |field: usize| text(field).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        Ok(RunOptions {
            hostname: text(0),
            memory: read(labels[1], &text(1), size)?,
            nano_cpus: read(labels[2], &text(2), nano_cpus)?,
            pids_limit: read(labels[3], &text(3), |text| text.parse().ok())?,
            shm_size: read(labels[4], &text(4), size)?,
            stop_signal: text(5),
            stop_timeout: read(labels[6], &text(6), |text| text.parse().ok())?,
            cap_add: words(7),
            cap_drop: words(8),
            extra_hosts: words(9),
            dns: words(10),
            devices: words(11),
            init: self.init.get(),
            read_only: self.read_only.get(),
        })
    }

    pub fn fill(&self, options: &RunOptions) {
        let number = |number: Option<String>| number.unwrap_or_default();
        let texts = [
            options.hostname.clone(),
            number(options.memory.map(size_text)),
            number(options.nano_cpus.map(cpus_text)),
            number(options.pids_limit.map(|limit| limit.to_string())),
            number(options.shm_size.map(size_text)),
            options.stop_signal.clone(),
            number(options.stop_timeout.map(|seconds| seconds.to_string())),
            options.cap_add.join(" "),
            options.cap_drop.join(" "),
            options.extra_hosts.join(" "),
            options.dns.join(" "),
            options.devices.join(" "),
        ];
        self.texts.iter().zip(texts).for_each(|(field, text)| field.set(text));
        self.init.set(options.init);
        self.read_only.set(options.read_only);
    }

    /// Those that are set, for whoever does not unfold them.
    fn set(&self) -> String {
        let texts = labels().into_iter().zip(self.texts).filter(|(_, text)| text.with(|text| !text.trim().is_empty()));
        let flags = [(t().init_process(), self.init), (t().read_only_root(), self.read_only)].into_iter().filter(|(_, flag)| flag.get());
        texts.map(|(label, _)| label).chain(flags.map(|(label, _)| label)).collect::<Vec<_>>().join(", ")
    }
}

#[component]
pub fn MoreOptions(more: More) -> impl IntoView {
    let set = Memo::new(move |_| more.set());
    let fields = labels().into_iter().zip(FIELDS).zip(more.texts);
    view! {
        <details class="fsec more">
            <summary><Glyph icon=Icon::ChevRight/><span>{t().more_options()}</span><span class="t3">{move || set.get()}</span></summary>
            <div class="fbody">
                <div class="more-fields">
                    {fields.map(|((label, (_, id)), text)| view! { <Field id=id label=label value=text optional=true/> }).collect_view()}
                </div>
                <p class="hint"><span>{t().more_options_hint()}</span></p>
                <div class="checks">
                    <Check label=t().init_process() value=more.init/>
                    <Check label=t().read_only_root() value=more.read_only/>
                </div>
            </div>
        </details>
    }
}
