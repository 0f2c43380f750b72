//! Single sign-on, with a provider that is real.

use std::fs;
use std::sync::Arc;

use linkspan_tests::bridge::{Bridge, Options};
use linkspan_tests::page::containing;
use linkspan_tests::provider::Provider;
use linkspan_tests::registry;
use linkspan_tests::scratch;
use linkspan_tests::site;
use linkspan_tests::wire;
use linkspan_tests::world::{PASSWORD, World};
use tokio::task::block_in_place;

/// To an OpenID Connect provider and back, with the role that its groups give, and out of both again.
pub async fn a_provider_signs_people_in(world: Arc<World>) {
    let folder = scratch::folder("oidc").expect("a folder");
    let (secret, port) = (folder.path().join("secret"), registry::free_port().expect("a port"));
    fs::write(&secret, "a-secret-of-the-client\n").expect("it is written");
    let public = format!("http://127.0.0.1:{port}");
    let provider = block_in_place(|| Provider::start(&public, "a-secret-of-the-client")).expect("a provider");
    block_in_place(|| {
        provider.add_person("ana", PASSWORD, &["people", "ops"]).and_then(|()| provider.add_person("admin-of-there", PASSWORD, &[]))
    })
    .expect("people");
    let issuer = provider.issuer();
    let args = ["--oidc-issuer", &issuer, "--oidc-client-id", "linkspan", "--oidc-client-secret-file", secret.to_str().expect("a path")];
    let args = [&args[..], &["--oidc-role", "groups=ops:operator", "--oidc-role", "groups=dev:developer"]].concat();
    let mut options = Options::new(&world.engine().host(), PASSWORD);
    options.args = args.iter().map(|arg| (*arg).to_owned()).collect();
    let bridge = world.bridge_with(Options { port, ..options.clone() }).await;
    let page = world.page().await;
    let sign_in = async |name: &str| {
        page.get_by_role("link", "Sign in with single sign-on").click().await;
        page.get_by_role("textbox", "Login").fill(name).await;
        page.get_by_role("textbox", "Password").fill(PASSWORD).await;
        page.get_by_role("button", "OK").click().await;
        page.get_by_role("button", containing("Continue")).click().await;
    };
    let sign_out = async || {
        page.get_by_role("button", "Account").click().await;
        page.get_by_role("menuitem", "Sign out").click().await;
        page.get_by_role("button", containing("Logout")).click().await;
        page.expect_text("You are disconnected").await;
        page.goto(&public).await;
        page.wait_for_role("link", "Sign in with single sign-on").await;
    };
    // As what the groups say, and where they wanted to go.
    page.goto(&format!("{public}/images?q=alp")).await;
    sign_in("ana").await;
    site::connected(&page).await;
    page.wait_for_url("the page that was asked for", |url| url.ends_with("/images?q=alp")).await;
    page.get_by_role("button", "Account").click().await;
    page.get_by_role("menu", "Signed in as ana, operator").wait().await;
    page.press("Escape").await;
    page.reload().await;
    site::connected(&page).await;
    // Out of both: the provider asks for the password again. What has changed there counts then.
    sign_out().await;
    block_in_place(|| provider.set_groups("ana", &["dev"])).expect("other groups");
    sign_in("ana").await;
    site::connected(&page).await;
    page.get_by_role("button", "Account").click().await;
    page.get_by_role("menu", "Signed in as ana, developer").wait().await;
    page.press("Escape").await;
    // Who has no role any more has none in the windows that are open, either.
    let other = world.page().await;
    block_in_place(|| provider.set_groups("ana", &["people"])).expect("other groups");
    other.goto(&public).await;
    other.get_by_role("link", "Sign in with single sign-on").click().await;
    other.get_by_role("textbox", "Login").fill("ana").await;
    other.get_by_role("textbox", "Password").fill(PASSWORD).await;
    other.get_by_role("button", "OK").click().await;
    other.get_by_role("button", containing("Continue")).click().await;
    other.expect_text("none of your groups has a role here").await;
    page.wait_for_role("link", "Sign in with single sign-on").await;
    // Whoever is led back without having begun here.
    let (host, _) = wire::own_address(&bridge);
    let answer =
        wire::request(&bridge, "GET /api/oidc/callback?state=a&code=b", &[("Host", &host), ("Sec-Fetch-Site", "cross-site")], "").await;
    assert!(
        answer.status == 200
            && answer.body.contains("/login?sso=late")
            && answer.header("set-cookie").is_some_and(|it| it.contains("Max-Age=0")),
        "{answer:?}"
    );
    // By a page of another site nobody is sent there; and what a proxy's buffer has room for is enough.
    let begin = "GET /api/oidc/begin?next=%2F%2Fevil.example";
    assert_eq!(wire::request(&bridge, begin, &[("Host", &host), ("Sec-Fetch-Site", "cross-site")], "").await.status, 403);
    let long = format!("GET /api/oidc/begin?next=%2F{}", "x".repeat(500));
    let answer = wire::request(&bridge, &long, &[("Host", &host)], "").await;
    assert!(answer.status == 303 && answer.head.len() < 4_000, "{answer:?}");
    assert!(answer.header("location").is_some_and(|to| to.starts_with(issuer.trim_end_matches("/oidc"))), "{answer:?}");
    // Codes that are guessed: the provider is not asked without end, and whoever has signed in here before is not held up by it.
    let begun = wire::request(&bridge, "GET /api/oidc/begin", &[("Host", &host)], "").await;
    let kept = begun.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned();
    let to = url::Url::parse(begun.header("location").expect("an address")).expect("an address");
    let state = to.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    let line = format!("GET /api/oidc/callback?state={state}&code=guessed");
    let mut why = Vec::new();
    for _ in 0..8 {
        let answer = wire::request(&bridge, &line, &[("Host", &host), ("Cookie", &kept)], "").await;
        why.extend(["refused", "too_many"].into_iter().filter(|why| answer.body.contains(&format!("sso={why}"))));
    }
    assert!(why.first() == Some(&"refused") && why.last() == Some(&"too_many"), "{why:?}");
    // A provider that is away is said, and whoever has a password is let in all the same.
    drop(provider);
    let away = Bridge::start(Options { port: registry::free_port().expect("a port"), ..options.clone() }).await.expect("it starts");
    page.goto(&away.url()).await;
    page.get_by_role("link", "Sign in with single sign-on").click().await;
    page.expect_text("provider does not answer").await;
    site::sign_in(&page, &away).await;
}
