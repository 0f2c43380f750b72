//! Icons: 24 units square, drawn as lines. Width and colour of the stroke come from `.icon` in the stylesheets.

use leptos::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(dead_code, reason = "a set to choose from; not every icon has a screen yet")]
pub enum Icon {
    Activity,
    ArrowDown,
    ArrowRight,
    ArrowUp,
    /// Kill.
    Bolt,
    Check,
    ChevDown,
    ChevRight,
    ChevUp,
    Clock,
    Commit,
    Container,
    Contrast,
    Moon,
    Sun,
    Copy,
    Cpu,
    /// Created, waiting: a circle that is not closed yet.
    Dashed,
    Disk,
    Download,
    External,
    Eye,
    EyeOff,
    File,
    Filter,
    Folder,
    Globe,
    Group,
    Images,
    Info,
    Jobs,
    Key,
    /// Logs.
    Lines,
    Link,
    Loader,
    Lock,
    Logo,
    Maximize,
    Memory,
    Minus,
    More,
    Network,
    OkCircle,
    Pause,
    /// Rename, edit.
    Pencil,
    Play,
    PlaySolid,
    Plus,
    Restart,
    Search,
    Server,
    Settings,
    Shield,
    ShieldWarn,
    SignOut,
    /// Dead.
    Slash,
    Stop,
    StopCircle,
    Tag,
    Terminal,
    Trash,
    UpDown,
    Upload,
    User,
    Users,
    Volume,
    Warn,
    WifiOff,
    Wrap,
    X,
    XCircle,
}

impl Icon {
    /// The inside of the `<svg>`. Constants only: this is set as markup.
    #[rustfmt::skip]
    fn paths(self) -> &'static str {
        match self {
            Self::Activity => r#"<path d="M3 12.5h4l3-7.5 4 14 3-6.5h4"/>"#,
            Self::ArrowDown => r#"<path d="M12 5v14M6.5 13.5 12 19l5.5-5.5"/>"#,
            Self::ArrowRight => r#"<path d="M5 12h14M13.5 6.5 19 12l-5.5 5.5"/>"#,
            Self::ArrowUp => r#"<path d="M12 19V5M6.5 10.5 12 5l5.5 5.5"/>"#,
            Self::Bolt => r#"<path d="M13 3 5 13.5h6L10.5 21 19 10.5h-6z"/>"#,
            Self::Check => r#"<path d="m5 12.7 4.5 4.5L19 7.3"/>"#,
            Self::ChevDown => r#"<path d="m6 9.5 6 6 6-6"/>"#,
            Self::ChevRight => r#"<path d="m9.5 6 6 6-6 6"/>"#,
            Self::ChevUp => r#"<path d="m6 14.5 6-6 6 6"/>"#,
            Self::Clock => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7.3V12l3 2"/>"#,
            Self::Commit => r#"<circle cx="12" cy="12" r="3.6"/><path d="M2.5 12h5.9M15.6 12h5.9"/>"#,
            Self::Container => r#"<rect x="3" y="6.5" width="18" height="11" rx="1.5"/><path d="M7.5 10v4M12 10v4M16.5 10v4"/>"#,
            Self::Contrast => r#"<circle cx="12" cy="12" r="8"/><path d="M12 4v16a8 8 0 0 0 0-16z" fill="currentColor"/>"#,
            Self::Moon => r#"<path d="M20 14.2A8.3 8.3 0 0 1 9.8 4 8.3 8.3 0 1 0 20 14.2z"/>"#,
            Self::Sun => r#"<circle cx="12" cy="12" r="3.8"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>"#,
            Self::Copy => r#"<rect x="8.5" y="8.5" width="11.5" height="11.5" rx="1.8"/><path d="M15.5 5.5A1.5 1.5 0 0 0 14 4H5.5A1.5 1.5 0 0 0 4 5.5V14a1.5 1.5 0 0 0 1.5 1.5"/>"#,
            Self::Cpu => r#"<rect x="6.5" y="6.5" width="11" height="11" rx="1.5"/><path d="M10 3.5v3M14 3.5v3M10 17.5v3M14 17.5v3M3.5 10h3M3.5 14h3M17.5 10h3M17.5 14h3"/>"#,
            Self::Dashed => r#"<circle cx="12" cy="12" r="8.5" stroke-dasharray="3.6 3.08"/>"#,
            Self::Disk => r#"<path d="M3.5 13.5 6.3 6a1.5 1.5 0 0 1 1.4-1h8.6a1.5 1.5 0 0 1 1.4 1l2.8 7.5v4a1.5 1.5 0 0 1-1.5 1.5H5a1.5 1.5 0 0 1-1.5-1.5zM3.5 13.5h17M16.5 16.5h.01"/>"#,
            Self::Download => r#"<path d="M12 4v11M7 10.5l5 5 5-5M4.5 19.8h15"/>"#,
            Self::External => r#"<path d="M13.5 4.5h6v6M19.5 4.5l-8.5 8.5M17.5 14v4a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 18V8A1.5 1.5 0 0 1 6 6.5h4"/>"#,
            Self::Eye => r#"<path d="M2.5 12C5 7.7 8.3 5.6 12 5.6s7 2.1 9.5 6.4c-2.5 4.3-5.8 6.4-9.5 6.4S5 16.3 2.5 12z"/><circle cx="12" cy="12" r="2.7"/>"#,
            Self::EyeOff => r#"<path d="M9.8 5.8c.7-.1 1.4-.2 2.2-.2 3.7 0 7 2.1 9.5 6.4-.8 1.3-1.6 2.4-2.5 3.3M15.8 17.5c-1.2.6-2.5.9-3.8.9-3.7 0-7-2.1-9.5-6.4 1.3-2.2 2.8-3.8 4.4-4.9M10.1 10.1a2.7 2.7 0 0 0 3.8 3.8M4 4l16 16"/>"#,
            Self::File => r#"<path d="M6 3.5h8L18.5 8v11.5a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1V4a.5.5 0 0 1 .5-.5zM13.5 3.8v4.5h4.7"/>"#,
            Self::Filter => r#"<path d="M4 6.5h16M7 12h10M10 17.5h4"/>"#,
            Self::Folder => r#"<path d="M3.5 18.5v-12a1 1 0 0 1 1-1h5L11.5 8h8a1 1 0 0 1 1 1v9.5a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1z"/>"#,
            Self::Globe => r#"<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c2.6 2.4 3.8 5.2 3.8 8.5s-1.2 6.1-3.8 8.5c-2.6-2.4-3.8-5.2-3.8-8.5s1.2-6.1 3.8-8.5z"/>"#,
            Self::Group => r#"<path d="M4 5.5h16M8 10h12M8 14h12M4 18.5h16M4 9v6"/>"#,
            Self::Images => r#"<path d="M12 4 3.5 8.4 12 12.8l8.5-4.4zM4 12.4l8 4.2 8-4.2M4 16l8 4.2 8-4.2"/>"#,
            Self::Info => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 11.3V16M12 8h.01"/>"#,
            Self::Jobs => r#"<path d="M4 6.5h16M4 12h7M4 17.5h7M14.5 16l2 2 4-4.5"/>"#,
            Self::Key => r#"<circle cx="8" cy="15.8" r="4.2"/><path d="m11 12.7 8.5-8.5M16 7.7l2.8 2.8"/>"#,
            Self::Lines => r#"<path d="M4.5 6h15M4.5 10h9M4.5 14h15M4.5 18h7"/>"#,
            Self::Link => r#"<path d="M10.2 13.8a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7L12 6.3M13.8 10.2a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2"/>"#,
            Self::Loader => r#"<path d="M12 3.5a8.5 8.5 0 1 0 8.5 8.5"/>"#,
            Self::Lock => r#"<rect x="5" y="10.5" width="14" height="9.5" rx="1.8"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>"#,
            Self::Logo => r#"<path d="M2.5 17.5H8l8-11h5.5"/><circle cx="8" cy="17.5" r="2.4" fill="currentColor" stroke="none"/><circle cx="16" cy="6.5" r="2.4" fill="currentColor" stroke="none"/>"#,
            Self::Maximize => r#"<path d="M14.5 4.5h5v5M9.5 19.5h-5v-5M19.5 4.5l-6 6M4.5 19.5l6-6"/>"#,
            Self::Memory => r#"<rect x="3" y="7.5" width="18" height="8.5" rx="1.5"/><path d="M7 11v2M10.3 11v2M13.7 11v2M17 11v2M6 16v3M12 16v3M18 16v3"/>"#,
            Self::Minus => r#"<path d="M5.5 12h13"/>"#,
            Self::More => r#"<path d="M5.5 12h.01M12 12h.01M18.5 12h.01" stroke-width="2.8"/>"#,
            Self::Network => r#"<circle cx="12" cy="5.5" r="2.4"/><circle cx="5.5" cy="18" r="2.4"/><circle cx="18.5" cy="18" r="2.4"/><path d="M12 8v4M5.5 15.5V13a1 1 0 0 1 1-1h11a1 1 0 0 1 1 1v2.5"/>"#,
            Self::OkCircle => r#"<circle cx="12" cy="12" r="8.5"/><path d="m8.3 12.3 2.6 2.6 4.9-5.3"/>"#,
            Self::Pause => r#"<path d="M8.5 5.5v13M15.5 5.5v13"/>"#,
            Self::Pencil => r#"<path d="m14.5 5.5 4 4-10 10-4.7.7.7-4.7z"/>"#,
            Self::Play => r#"<path d="M7.5 5.3v13.4L18.5 12z"/>"#,
            Self::PlaySolid => r#"<path d="M7.5 5.3v13.4L18.5 12z" fill="currentColor"/>"#,
            Self::Plus => r#"<path d="M12 5.5v13M5.5 12h13"/>"#,
            Self::Restart => r#"<path d="M19.5 12.3a7.5 7.5 0 1 1-2.6-6l2.6 2.4M19.5 4.2v4.5H15"/>"#,
            Self::Search => r#"<circle cx="10.8" cy="10.8" r="6.3"/><path d="m15.5 15.5 5 5"/>"#,
            Self::Server => r#"<rect x="3.5" y="4.5" width="17" height="6.5" rx="1.5"/><rect x="3.5" y="13" width="17" height="6.5" rx="1.5"/><path d="M7 7.8h.01M7 16.3h.01M11 7.8h3M11 16.3h3"/>"#,
            Self::Settings => r#"<path d="M3.5 7.5h9M17.5 7.5h3M3.5 16.5h3M11.5 16.5h9"/><circle cx="15" cy="7.5" r="2.3"/><circle cx="9" cy="16.5" r="2.3"/>"#,
            Self::Shield => r#"<path d="m12 3.3 7.5 2.9v5.3c0 4.6-3 7.6-7.5 9.3-4.5-1.7-7.5-4.7-7.5-9.3V6.2z"/>"#,
            Self::ShieldWarn => r#"<path d="m12 3.3 7.5 2.9v5.3c0 4.6-3 7.6-7.5 9.3-4.5-1.7-7.5-4.7-7.5-9.3V6.2zM12 8.5v4M12 15.7h.01"/>"#,
            Self::SignOut => r#"<path d="M9.5 4.5H6A1.5 1.5 0 0 0 4.5 6v12A1.5 1.5 0 0 0 6 19.5h3.5M15.5 7.5 20 12l-4.5 4.5M20 12H9.5"/>"#,
            Self::Slash => r#"<circle cx="12" cy="12" r="8.5"/><path d="m6 6 12 12"/>"#,
            Self::Stop => r#"<rect x="6.5" y="6.5" width="11" height="11" rx="1.5"/>"#,
            Self::StopCircle => r#"<circle cx="12" cy="12" r="8.5"/><rect x="9" y="9" width="6" height="6" rx=".8"/>"#,
            Self::Tag => r#"<path d="M4 5.5A1.5 1.5 0 0 1 5.5 4h6l8.1 8.1a1.5 1.5 0 0 1 0 2.1l-5.4 5.4a1.5 1.5 0 0 1-2.1 0L4 11.5zM8.3 8.3h.01"/>"#,
            Self::Terminal => r#"<path d="m4.5 7 5 5-5 5M12.5 17.5h7"/>"#,
            Self::Trash => r#"<path d="M4.5 7h15M9.5 7V4.3h5V7M6.5 7l.8 12.7h9.4L17.5 7M10.3 11v5M13.7 11v5"/>"#,
            Self::UpDown => r#"<path d="m8 9.5 4-4 4 4M8 14.5l4 4 4-4"/>"#,
            Self::Upload => r#"<path d="M12 15.5v-11M7 9l5-5 5 5M4.5 19.8h15"/>"#,
            Self::User => r#"<circle cx="12" cy="8.3" r="3.7"/><path d="M4.8 20c.5-3.8 3.3-5.8 7.2-5.8s6.7 2 7.2 5.8"/>"#,
            Self::Users => r#"<circle cx="9" cy="8.5" r="3.3"/><path d="M2.8 19.5c.4-3.5 2.9-5.4 6.2-5.4s5.8 1.9 6.2 5.4M15.7 5.6a3.3 3.3 0 0 1 0 5.9M17.7 14.6c2 .7 3.2 2.4 3.5 4.9"/>"#,
            Self::Volume => r#"<path d="M5 6.3c0-1.5 3.1-2.7 7-2.7s7 1.2 7 2.7S15.9 9 12 9 5 7.8 5 6.3zM5 6.3v11.4c0 1.5 3.1 2.7 7 2.7s7-1.2 7-2.7V6.3M5 12c0 1.5 3.1 2.7 7 2.7s7-1.2 7-2.7"/>"#,
            Self::Warn => r#"<path d="M10.9 4.9 3 18.3a1.2 1.2 0 0 0 1 1.9h16a1.2 1.2 0 0 0 1-1.9L13.1 4.9a1.25 1.25 0 0 0-2.2 0zM12 10v4M12 17h.01"/>"#,
            Self::WifiOff => r#"<path d="m4 4 16 16M5.2 12.6a10 10 0 0 1 3.9-2.4M8.5 16.1a5 5 0 0 1 5.8-.9M2.2 9.1a15 15 0 0 1 3.9-2.6M10.6 5.1a15 15 0 0 1 11.2 4M14.6 10.1a10 10 0 0 1 4.2 2.5M12 19.5h.01"/>"#,
            Self::Wrap => r#"<path d="M4 6h16M4 12h12.7a3 3 0 0 1 0 6H13M15.3 15.5 12.8 18l2.5 2.5M4 18h4.5"/>"#,
            Self::X => r#"<path d="m6.5 6.5 11 11M17.5 6.5l-11 11"/>"#,
            Self::XCircle => r#"<circle cx="12" cy="12" r="8.5"/><path d="m9.2 9.2 5.6 5.6M14.8 9.2l-5.6 5.6"/>"#,
        }
    }
}

impl Icon {
    /// As [`Glyph`], for what is written in place.
    pub fn markup(self) -> String {
        format!(r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>"#, self.paths())
    }
}

/// An icon, hidden from assistive technology: the words are beside it or in the name of its button.
/// It does not react to signals; wrap it in a closure where the icon changes.
#[component]
pub fn Glyph(icon: Icon, #[prop(optional)] class: &'static str) -> impl IntoView {
    view! {
        <svg class=format!("icon {class}") viewBox="0 0 24 24" aria-hidden="true" inner_html=icon.paths()></svg>
    }
}
