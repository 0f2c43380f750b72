//! Passkeys, with the authenticator that Chromium has for tests.

use std::sync::Arc;

use linkspan_tests::bridge::Bridge;
use linkspan_tests::page::{Name, Page};
use linkspan_tests::site;
use linkspan_tests::world::{PASSWORD, World};
use serde_json::{Value, json};

/// A device with a fingerprint reader, which the person touches at once.
async fn authenticator(page: &Page) -> String {
    page.cdp("WebAuthn.enable", json!({})).await;
    let options = json!({
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true, "isUserVerified": true,
        "automaticPresenceSimulation": true,
    });
    let added = page.cdp("WebAuthn.addVirtualAuthenticator", json!({ "options": options })).await;
    added["authenticatorId"].as_str().expect("an authenticator").to_owned()
}

async fn add(page: &Page, name: &str, password: &str) {
    page.get_by_role("button", "Add a passkey…").click().await;
    let dialog = page.get_by_role("dialog", "New passkey");
    dialog.get_by_role("textbox", "Name").fill(name).await;
    dialog.get_by_role("textbox", "Current password").fill(password).await;
    dialog.get_by_role("button", "Add passkey").click().await;
}

async fn sign_out(page: &Page) {
    page.get_by_role("button", "Account").click().await;
    page.get_by_role("menuitem", "Sign out").click().await;
    page.wait_for_role("button", "Sign in").await;
}

async fn sign_in(page: &Page, name: &str) {
    page.get_by_role("textbox", "User").fill(name).await;
    page.get_by_role("textbox", "Password").fill(PASSWORD).await;
    page.get_by_role("button", "Sign in").click().await;
    site::connected(page).await;
}

fn by_name(bridge: &Bridge, path: &str) -> String {
    format!("http://localhost:{}{path}", bridge.port())
}

pub async fn a_passkey_signs_in(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::add_person(&bridge, "jun", &["--role", "viewer"]);
    // There are none for a number, and that is said.
    site::visit(&page, &bridge, "/settings").await;
    let new = page.get_by_role("button", "Add a passkey…");
    assert!(new.wait().await.disabled);
    page.expect_text(&format!("has a name, such as https://linkspan.example. This page is at 127.0.0.1:{}", bridge.port())).await;
    let authenticator = authenticator(&page).await;
    page.goto(&by_name(&bridge, "/settings")).await;
    page.wait_for_role("button", "Sign in").await;
    // Nobody has one, so none is offered.
    assert!(!page.get_by_role("button", "Sign in with a passkey").exists().await);
    sign_in(&page, "admin").await;
    add(&page, "laptop", "not the password").await;
    let dialog = page.get_by_role("dialog", "New passkey");
    dialog.get_by_role("alert", Name::Any).expect_text("current password is wrong").await;
    dialog.get_by_role("textbox", "Name").expect_value("laptop").await;
    dialog.get_by_role("textbox", "Current password").fill(PASSWORD).await;
    dialog.get_by_role("button", "Add passkey").click().await;
    let passkeys = page.get_by_role("table", "Passkeys");
    passkeys.get_by_role("row", "laptop").expect_text("localhost").await;
    // The same device once more.
    add(&page, "again", PASSWORD).await;
    dialog.get_by_role("alert", Name::Any).expect_text("has a passkey for you already").await;
    dialog.get_by_role("button", "Cancel").click().await;
    sign_out(&page).await;
    // The finger is another one's, or the person changes their mind: said, and the password still does.
    let verified = async |verified: bool| {
        page.cdp("WebAuthn.setUserVerified", json!({ "authenticatorId": authenticator, "isUserVerified": verified })).await;
    };
    verified(false).await;
    page.get_by_role("button", "Sign in with a passkey").click().await;
    page.get_by_role("alert", Name::Any).expect_text("No passkey was given").await;
    verified(true).await;
    page.get_by_role("button", "Sign in with a passkey").click().await;
    site::connected(&page).await;
    page.goto(&by_name(&bridge, "/activity")).await;
    page.expect_text("admin added a passkey").await;
    page.goto(&by_name(&bridge, "/settings")).await;
    assert!(!passkeys.get_by_role("row", "laptop").text().await.contains("Never"));
    sign_out(&page).await;
    what_a_thief_could_try(&page).await;
    // Who may not sign in, may not by a passkey.
    page.goto(&by_name(&bridge, "/settings")).await;
    site::connected(&page).await;
    sign_out(&page).await;
    sign_in(&page, "jun").await;
    page.goto(&by_name(&bridge, "/settings")).await;
    passkeys.expect_text("You have no passkey").await;
    add(&page, "phone", PASSWORD).await;
    passkeys.get_by_role("row", "phone").wait().await;
    let credentials = page.cdp("WebAuthn.getCredentials", json!({ "authenticatorId": authenticator })).await;
    let credentials = credentials["credentials"].as_array().expect("credentials").clone();
    let of_admin = credentials.iter().find(|one| one["userName"] == "admin").expect("the one of admin");
    // From now on the device has only that of jun.
    let forget = json!({ "authenticatorId": authenticator, "credentialId": of_admin["credentialId"] });
    page.cdp("WebAuthn.removeCredential", forget).await;
    sign_out(&page).await;
    let disabled = bridge.command(&["user", "disable", "jun"]).expect("a command").status().expect("it runs");
    assert!(disabled.success());
    let refused = async || {
        page.get_by_role("button", "Sign in with a passkey").click().await;
        page.get_by_role("alert", Name::Any).expect_text("does not sign anybody in here").await;
    };
    refused().await;
    let recorded = bridge.command(&["audit", "export"]).and_then(|mut command| command.output().map_err(|error| error.to_string()));
    let recorded = String::from_utf8_lossy(&recorded.expect("the record").stdout).into_owned();
    assert!(recorded.lines().any(|line| line.contains("sign_in_refused") && line.contains("\"jun\"")), "{recorded}");
    // A password that somebody else has set ends what the account had before.
    site::add_person(&bridge, "jun", &["--role", "viewer"]);
    refused().await;
    sign_in(&page, "jun").await;
    page.goto(&by_name(&bridge, "/settings")).await;
    passkeys.expect_text("You have no passkey").await;
    sign_out(&page).await;
    // Removed, it is gone for good.
    sign_in(&page, "admin").await;
    page.goto(&by_name(&bridge, "/settings")).await;
    passkeys.get_by_role("button", "Remove passkey laptop").click().await;
    page.get_by_role("dialog", "Remove the passkey laptop?").get_by_role("button", "Remove").click().await;
    passkeys.get_by_role("row", "laptop").wait_gone().await;
    sign_out(&page).await;
    page.goto(&by_name(&bridge, "/login")).await;
    page.wait_for_role("button", "Sign in").await;
    assert!(!page.get_by_role("button", "Sign in with a passkey").exists().await);
}

/// Each answer counts once, for the ceremony that it was given in, as it was signed.
async fn what_a_thief_could_try(page: &Page) {
    const TRIES: &str = "
        const post = (path, body) => fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
        const begin = async () => (await post('/api/passkey/begin', null)).json();
        const answer = async ({ options }) => (await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })).toJSON();
        const sign_in = async (ceremony, credential) => (await post('/api/passkey/sign-in', { ceremony, credential })).status;
        const changed = (credential, change) => { const copy = structuredClone(credential); change(copy.response); return copy; };
        const statuses = {};
        const first = await begin();
        const given = await answer(first);
        statuses.other_ceremony = await sign_in((await begin()).id, given);
        const second = await begin();
        statuses.changed = await sign_in(second.id, changed(await answer(second), (response) => { response.clientDataJSON = given.response.clientDataJSON; }));
        const third = await begin();
        statuses.other_person = await sign_in(third.id, changed(await answer(third), (response) => { response.userHandle = 'AAAAAAAAAAAAAAAAAAAAAA'; }));
        const fourth = await begin();
        statuses.made_up = await sign_in(fourth.id, { ...(await answer(fourth)), id: 'AAAA', rawId: 'AAAA' });
        statuses.right = await sign_in(first.id, given);
        statuses.again = await sign_in(first.id, given);
        statuses.nonsense = await sign_in(first.id, { id: 1 });
        // What was begun to sign in adds nothing.
        const fifth = await begin();
        statuses.added = (await post('/api/passkey/add', { ceremony: fifth.id, name: 'x', credential: await answer(fifth) })).status;
        return statuses;";
    let script = format!("return (async () => {{ {TRIES} }})();");
    let statuses: Value = page.eval(&script, vec![]).await;
    let wanted = json!({
        "other_ceremony": 401, "changed": 401, "other_person": 401, "made_up": 401, "right": 200, "again": 401, "nonsense": 400, "added": 400,
    });
    assert_eq!(statuses, wanted);
}
