//! What the libraries between here and an engine call a failure, as what is shown of it.

use linkspan_shared::connect::ConnectFault;

use crate::{failure::Failure, tls};

/// Reads an error of a library down to its cause, where the words are that mean something.
pub fn failure(error: &(dyn std::error::Error + 'static)) -> Failure {
    let mut cause = error;
    loop {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return failure.clone();
        }
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return tls::failure(error);
        }
        if let Some(error) = cause.downcast_ref::<std::io::Error>() {
            // A library's error inside says more than the kind around it.
            match error.get_ref() {
                Some(inner) => {
                    cause = inner;
                    continue;
                }
                None => return io_failure(error),
            }
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>()
            && error.is_parse()
        {
            return Failure::new(ConnectFault::NotAnEngine, format!("the answer is no HTTP: {error}"));
        }
        match cause.source() {
            Some(deeper) => cause = deeper,
            None => return Failure::new(ConnectFault::Lost, cause.to_string()),
        }
    }
}

pub fn io_failure(error: &std::io::Error) -> Failure {
    use std::io::ErrorKind;
    let fault = match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ConnectFault::SocketMissing,
        ErrorKind::PermissionDenied => ConnectFault::SocketForbidden,
        ErrorKind::ConnectionRefused => ConnectFault::Refused,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable | ErrorKind::NetworkDown => {
            ConnectFault::NoRoute
        }
        ErrorKind::TimedOut => ConnectFault::TimedOut,
        _ => ConnectFault::Lost,
    };
    Failure::new(fault, error.to_string())
}
