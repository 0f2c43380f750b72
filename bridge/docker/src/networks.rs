//! `/networks`.

use linkspan_shared::call::CreateNetwork;
use serde_json::json;

use super::{operation::Operation, request::Request, volumes::pairs};

pub fn list() -> Request {
    Request::new(Operation::NetworkList, "")
}

pub fn inspect(network: &str) -> Request {
    Request::new(Operation::NetworkInspect, network)
}

pub fn create(new: &CreateNetwork) -> Request {
    let mut body = json!({
        "Name": new.name,
        // Two of one name could not be told apart afterwards.
        "CheckDuplicate": true,
        "Internal": new.internal,
        "Attachable": new.attachable,
        "EnableIPv6": new.ipv6,
        "Labels": pairs(&new.labels),
    });
    if !new.driver.is_empty() {
        body["Driver"] = json!(new.driver);
    }
    if !new.subnet.is_empty() {
        let mut config = json!({ "Subnet": new.subnet });
        if !new.gateway.is_empty() {
            config["Gateway"] = json!(new.gateway);
        }
        body["IPAM"] = json!({ "Config": [config] });
    }
    Request::new(Operation::NetworkCreate, "").json(body).without_timeout()
}

/// Refused by the engine while a running container is in it.
pub fn remove(network: &str) -> Request {
    Request::new(Operation::NetworkDelete, network).without_timeout()
}

pub fn connect(network: &str, container: &str) -> Request {
    Request::new(Operation::NetworkConnect, network).json(json!({ "Container": container }))
}

/// With settings of the endpoint.
pub fn connect_as(network: &str, container: &str, endpoint: &serde_json::Value) -> Request {
    let body = json!({ "Container": container, "EndpointConfig": endpoint });
    Request::new(Operation::NetworkConnect, network).json(body)
}

/// `force`: also when the container is gone and the network has not noticed.
pub fn disconnect(network: &str, container: &str, force: bool) -> Request {
    Request::new(Operation::NetworkDisconnect, network).json(json!({ "Container": container, "Force": force }))
}
