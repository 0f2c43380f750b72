//! An OpenID Connect provider on loopback: Debian's glewlwyd, with people of its own.

use crate::{registry::free_port, scratch};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use xtask::process;

const START: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(20);
/// The tables with an administrator in them, and the pages, as the package has them.
const TABLES: &str = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
const SHARE: &str = "/usr/share/glewlwyd";
/// Of that administrator, as published.
const ADMINISTRATOR: &str = r#"{"username":"admin","password":"password"}"#;
/// What tells the users' module of a property that it does not know by itself, and the clients' module.
const PROPERTIES: &str = r#"
UPDATE g_user_module_instance SET gumi_parameters = json_set(gumi_parameters, '$.data-format.groups',
  json('{"multiple":true,"read":true,"write":true,"profile-read":true,"profile-write":false}'));
UPDATE g_client_module_instance SET gcmi_parameters = json_set(gcmi_parameters, '$.data-format.post_logout_redirect_uris',
  json('{"multiple":true,"read":true,"write":true}'));
"#;

/// Dropping it ends it.
#[derive(Debug)]
pub struct Provider {
    port: u16,
    server: Child,
    folder: tempfile::TempDir,
}

impl Provider {
    /// One that knows the client `linkspan`, whose pages are at `linkspan`.
    ///
    /// # Errors
    /// Says what failed.
    pub fn start(linkspan: &str, secret: &str) -> Result<Provider, String> {
        let folder = scratch::folder("provider")?;
        let port = free_port()?;
        let server = serve(folder.path(), port)?;
        let provider = Provider { port, server, folder };
        process::wait_until(START, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        provider.ask("POST", "auth/", &serde_json::from_str(ADMINISTRATOR).unwrap_or_default())?;
        provider.ask("POST", "mod/plugin/", &provider.plugin()?)?;
        let client = json!({
            "client_id": "linkspan", "name": "Linkspan", "enabled": true, "confidential": true, "client_secret": secret,
            "redirect_uri": [format!("{linkspan}/api/oidc/callback")], "post_logout_redirect_uris": [format!("{linkspan}/login")],
            "authorization_type": ["code"], "token_endpoint_auth_method": ["client_secret_basic"], "scope": []
        });
        provider.ask("POST", "client/", &client)?;
        Ok(provider)
    }

    pub fn issuer(&self) -> String {
        format!("{}/api/oidc", self.url())
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Somebody who may sign in there; they grant Linkspan to know who they are.
    ///
    /// # Errors
    /// Says what it answered.
    pub fn add_person(&self, name: &str, password: &str, groups: &[&str]) -> Result<(), String> {
        let email = format!("{name}@quay.example");
        let person = json!({ "username": name, "name": name, "email": email, "password": password, "groups": groups, "scope": ["openid", "g_profile"], "enabled": true });
        self.ask("POST", "user/", &person)
    }

    /// # Errors
    /// Says what it answered.
    pub fn set_groups(&self, name: &str, groups: &[&str]) -> Result<(), String> {
        self.ask(
            "PUT",
            &format!("user/{name}"),
            &json!({ "name": name, "groups": groups, "scope": ["openid", "g_profile"], "enabled": true }),
        )
    }

    fn plugin(&self) -> Result<Value, String> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|error| error.to_string())?;
        let claim = |claim: &str| json!({ "name": claim, "user-property": if claim == "groups" { claim } else { "name" }, "type": "string", "mandatory": true, "scope": [] });
        Ok(json!({ "module": "oidc", "name": "oidc", "display_name": "oidc", "enabled": true, "parameters": {
            "iss": self.issuer(), "jwt-type": "ecdsa", "jwt-key-size": "256", "key": key.serialize_pem(), "cert": key.public_key_pem(),
            "access-token-duration": 3600, "refresh-token-duration": 3600, "code-duration": 600, "refresh-token-rolling": true,
            "session-cookie-name": "linkspan-tests", "session-cookie-expiration": 3600,
            "auth-type-code-enabled": true, "auth-type-token-enabled": false, "auth-type-id-token-enabled": true,
            "auth-type-none-enabled": false, "auth-type-password-enabled": false, "auth-type-client-enabled": false,
            "auth-type-refresh-enabled": false, "allow-non-oidc": false, "subject-type": "public", "session-management-allowed": true, "front-channel-logout-allowed": true,
            "pkce-allowed": true, "pkce-required": true, "pkce-method-plain-allowed": false, "pkce-scopes": [],
            "name-claim": "on-demand", "name-claim-scope": [], "email-claim": "mandatory", "email-claim-scope": [], "scope-claim": "no",
            "claims": [claim("preferred_username"), claim("groups")]
        } }))
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<(), String> {
        let jar = self.folder.path().join("cookies");
        let mut command = Command::new(process::program("curl", "curl")?);
        command.args(["--silent", "--show-error", "--fail-with-body", "--max-time", "10", "--request", method]);
        command.args(["--header", "Content-Type: application/json", "--data", &body.to_string()]);
        command.arg("--cookie").arg(&jar).arg("--cookie-jar").arg(&jar).arg(format!("{}/api/{path}", self.url()));
        process::check(command, PATIENCE).map(drop)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        process::stop(&mut self.server, Duration::from_secs(5));
    }
}

fn serve(folder: &Path, port: u16) -> Result<Child, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
    let database = folder.join("people.db");
    let tables = fs::read_to_string(TABLES).map_err(|error| failed(TABLES, &error))?;
    let connection = rusqlite::Connection::open(&database).map_err(|error| failed("the provider's database", &error))?;
    connection.execute_batch(&format!("{tables}{PROPERTIES}")).map_err(|error| failed("the provider's tables", &error))?;
    // Its pages, with the configuration in the place of the folder that Debian links to.
    let pages = folder.join("pages");
    let mut copy = Command::new("cp");
    copy.arg("-rL").arg(format!("{SHARE}/webapp")).arg(&pages);
    process::check(copy, PATIENCE)?;
    let own = pages.join("config.json");
    fs::remove_dir_all(&own)
        .and_then(|()| fs::copy(format!("{SHARE}/templates/config.json"), &own))
        .map_err(|error| failed("its pages", &error))?;
    let mime = [("html", "text/html"), ("css", "text/css"), ("js", "application/javascript"), ("json", "application/json")];
    let mime = mime.map(|(extension, mime)| format!("{{ extension = \".{extension}\" mime_type = \"{mime}\" }}")).join(", ");
    let text = format!(
        "port = {port}\nbind_address = \"127.0.0.1\"\nexternal_url = \"http://127.0.0.1:{port}\"\nlogin_url = \"login.html\"\napi_prefix = \"api\"\n\
         static_files_path = {pages:?}\nlog_mode = \"console\"\nlog_level = \"WARNING\"\ncookie_secure = 0\ncookie_same_site = \"empty\"\n\
         admin_scope = \"g_admin\"\nprofile_scope = \"g_profile\"\nhash_algorithm = \"SHA512\"\n\
         user_module_path = \"/usr/lib/glewlwyd/user\"\nclient_module_path = \"/usr/lib/glewlwyd/client\"\n\
         user_auth_scheme_module_path = \"/usr/lib/glewlwyd/scheme\"\nplugin_module_path = \"/usr/lib/glewlwyd/plugin\"\n\
         database = {{ type = \"sqlite3\" path = {database:?} }};\nstatic_files_mime_types = ( {mime} )\n"
    );
    let config = folder.join("glewlwyd.conf");
    fs::write(&config, text).map_err(|error| failed("its configuration", &error))?;
    let log = fs::File::create(folder.join("glewlwyd.log")).map_err(|error| failed("its log", &error))?;
    let mut command = Command::new(process::program("glewlwyd", "glewlwyd")?);
    command.arg(format!("--config-file={}", config.display())).stdin(Stdio::null()).stderr(Stdio::null()).stdout(log);
    process::mark(&mut command).spawn().map_err(|error| failed("glewlwyd", &error))
}
