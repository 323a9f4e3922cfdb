use std::io::Read as _;
use std::time::Duration;

use corelith_core::Progress;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};
use url::Url;

use crate::patience::{Fault, Patience};
use crate::{FetchError, Retry};

/// Most bytes of one page of a listing.
const PAGE_BYTES: u64 = 32 << 20;

/// Redirects that are followed in a row.
const REDIRECTS: usize = 5;

/// Whether a request may be redirected to another server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// What comes is held against a checksum, so it may come from anywhere.
    Allowed,
    /// What comes is all that there is to go by.
    Refused,
}

/// The REST API of a repository.
#[derive(Debug)]
pub(crate) struct Server {
    agent: Agent,
    /// Ends with `/api/`.
    api: Url,
    pub retry: Retry,
}

impl Server {
    /// `address` with or without `/api` at its end.
    pub(crate) fn new(address: &str, retry: Retry) -> Result<Self, FetchError> {
        let wrong = |problem: String| FetchError::Address {
            address: address.to_owned(),
            problem,
        };
        let mut api = Url::parse(address.trim()).map_err(|e| wrong(e.to_string()))?;
        if !matches!(api.scheme(), "http" | "https") {
            return Err(wrong(format!(
                "it begins with `{}:`, expected https: or http:",
                api.scheme()
            )));
        }
        if api.query().is_some() || api.fragment().is_some() {
            return Err(wrong("it has a part behind `?` or `#`".to_owned()));
        }
        let path = api.path().trim_end_matches('/');
        let path = path.strip_suffix("/api").unwrap_or(path);
        api.set_path(&format!("{path}/api/"));
        // Redirects are followed here, since it depends on the request where they may lead.
        let config = Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_connect(Some(retry.silence))
            .timeout_recv_response(Some(retry.silence.saturating_mul(4)))
            .timeout_per_read(Some(retry.silence))
            .accept_encoding("identity")
            .user_agent(concat!("corelith/", env!("CARGO_PKG_VERSION")));
        // A server on this computer is not asked through a proxy.
        let config = if is_this_computer(&api) {
            config.proxy(None)
        } else {
            config
        };
        Ok(Self {
            agent: config.build().new_agent(),
            api,
            retry,
        })
    }

    /// Address of the API without the slash at its end.
    pub(crate) fn address(&self) -> &str {
        self.api.as_str().trim_end_matches('/')
    }

    /// Address of something in the API.
    ///
    /// `path` is made of constants and checked identifiers.
    pub(crate) fn url(&self, path: &str) -> Url {
        self.api.join(path).expect("identifiers were checked")
    }

    /// Reads a page of a listing, with patience.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        progress: &dyn Progress,
    ) -> Result<T, FetchError> {
        let url = self.url(path);
        let mut patience = Patience::new(self.retry, progress);
        loop {
            match self.json_once(&url) {
                Ok(value) => return Ok(value),
                Err(fault) => patience.after(fault, url.as_str())?,
            }
        }
    }

    fn json_once<T: serde::de::DeserializeOwned>(&self, url: &Url) -> Result<T, Fault> {
        let listing = |problem: String| FetchError::Listing {
            url: url.to_string(),
            problem,
        };
        let response = self.get(url, None, Elsewhere::Refused)?;
        if response.status() != StatusCode::OK {
            return Err(status(url, &response));
        }
        let announced = content_length(&response);
        let kind = header_text(&response, header::CONTENT_TYPE).unwrap_or_default();
        let mut bytes = Vec::new();
        let mut reader = response.into_body().into_reader().take(PAGE_BYTES + 1);
        reader
            .read_to_end(&mut bytes)
            .map_err(|e| Fault::passing(e.to_string()))?;
        if bytes.len() as u64 > PAGE_BYTES {
            return Err(listing(format!("the page has more than {PAGE_BYTES} bytes")).into());
        }
        if announced.is_some_and(|n| n > bytes.len() as u64) {
            return Err(Fault::passing("the connection was cut"));
        }
        serde_json::from_slice(&bytes).map_err(|e| {
            listing(format!(
                "expected JSON as DSpace 7 writes it, found {} that is not: {e}",
                if kind.is_empty() { "an answer" } else { &kind }
            ))
            .into()
        })
    }

    /// One request, redirects followed. `from` asks for the bytes from there on.
    pub(crate) fn get(
        &self,
        url: &Url,
        from: Option<u64>,
        elsewhere: Elsewhere,
    ) -> Result<Response<Body>, Fault> {
        let mut at = url.clone();
        for _ in 0..=REDIRECTS {
            let mut request = self.agent.get(at.as_str());
            if let Some(from) = from {
                request = request.header(header::RANGE, format!("bytes={from}-"));
            }
            let response = request.call().map_err(|e| fault(&at, &e))?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                let encoding = header_text(&response, header::CONTENT_ENCODING);
                return match encoding.filter(|e| !e.eq_ignore_ascii_case("identity")) {
                    None => Ok(response),
                    Some(encoding) => Err(Fault::Final(FetchError::Listing {
                        url: at.to_string(),
                        problem: format!("encoded as {encoding}, which was not asked for"),
                    })),
                };
            }
            let to = header_text(&response, header::LOCATION).unwrap_or_default();
            at = self.follow(&at, &to, elsewhere)?;
        }
        Err(Fault::Final(FetchError::Redirect {
            url: url.to_string(),
            to: at.to_string(),
            problem: format!("that is the {REDIRECTS}th redirect in a row"),
        }))
    }

    fn follow(&self, at: &Url, to: &str, elsewhere: Elsewhere) -> Result<Url, FetchError> {
        let refused = |problem: &str| FetchError::Redirect {
            url: at.to_string(),
            to: to.to_owned(),
            problem: problem.to_owned(),
        };
        if to.is_empty() {
            return Err(refused("it names no address"));
        }
        let target = at.join(to).map_err(|_| refused("that is not an address"))?;
        if !matches!(target.scheme(), "http" | "https") {
            return Err(refused("expected https: or http:"));
        }
        if at.scheme() == "https" && target.scheme() == "http" {
            return Err(refused("that leaves the encrypted connection"));
        }
        let same = (target.host(), target.port_or_known_default())
            == (self.api.host(), self.api.port_or_known_default());
        // A site that moves from http to https on the same host stays the same site.
        let upgraded = target.host() == self.api.host()
            && self.api.scheme() == "http"
            && (self.api.port(), target.scheme(), target.port()) == (None, "https", None);
        if !same && !upgraded && elsewhere == Elsewhere::Refused {
            return Err(refused(
                "another server, and there is no published checksum to hold its answer against",
            ));
        }
        Ok(target)
    }
}

fn is_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What a status other than success means.
pub(crate) fn status(url: &Url, response: &Response<Body>) -> Fault {
    let status = response.status().as_u16();
    if matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504) {
        Fault::Passing {
            status: Some(status),
            reason: format!("the server answers with status {status}"),
            wait: header_text(response, header::RETRY_AFTER)
                .and_then(|text| wait(&text, Timestamp::now())),
        }
    } else {
        Fault::Final(FetchError::Status {
            url: url.to_string(),
            status,
        })
    }
}

/// `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    // A date that has passed asks for no wait.
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

pub(crate) fn header_text(response: &Response<Body>, name: header::HeaderName) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

pub(crate) fn content_length(response: &Response<Body>) -> Option<u64> {
    header_text(response, header::CONTENT_LENGTH)?
        .trim()
        .parse()
        .ok()
}

/// First byte and total size of a `Content-Range: bytes 100-199/1000`; the total may be `*`.
pub(crate) fn content_range(response: &Response<Body>) -> Option<(u64, Option<u64>)> {
    let text = header_text(response, header::CONTENT_RANGE)?;
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let first = range.split_once('-')?.0.trim().parse().ok()?;
    match total.trim() {
        "*" => Some((first, None)),
        total => Some((first, Some(total.parse().ok()?))),
    }
}

/// Whether another try may help against an error of the connection.
fn fault(url: &Url, error: &ureq::Error) -> Fault {
    let unsafe_because = |reason: String| {
        Fault::Final(FetchError::Unsafe {
            url: url.to_string(),
            reason,
        })
    };
    match error {
        ureq::Error::Tls(reason) => unsafe_because((*reason).to_owned()),
        ureq::Error::Rustls(reason) => unsafe_because(reason.to_string()),
        // The TLS library reports certificates that it does not trust in this way.
        ureq::Error::Io(e) if e.kind() == std::io::ErrorKind::InvalidData => {
            unsafe_because(e.to_string())
        }
        ureq::Error::BadUri(_) | ureq::Error::InvalidProxyUrl | ureq::Error::Http(_) => {
            Fault::Final(FetchError::Address {
                address: url.to_string(),
                problem: error.to_string(),
            })
        }
        ureq::Error::HostNotFound => Fault::passing(format!(
            "no server of the name {} is found",
            url.host_str().unwrap_or_default()
        )),
        other => Fault::passing(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(address: &str) -> Server {
        Server::new(address, Retry::default()).unwrap()
    }

    #[test]
    fn the_address_may_end_with_api_or_not() {
        for address in [
            "https://a.b/server",
            "https://a.b/server/api/",
            " https://a.b/server/ ",
        ] {
            assert_eq!(server(address).address(), "https://a.b/server/api");
        }
        assert_eq!(
            server("http://a.b:80/x").url("core/items/1").as_str(),
            "http://a.b/x/api/core/items/1"
        );
        for address in [
            "a.b/server",
            "ftp://a.b/server",
            "https://",
            "https://a.b/?x=1",
        ] {
            let error = Server::new(address, Retry::default()).unwrap_err();
            assert!(matches!(error, FetchError::Address { .. }), "{error}");
        }
    }

    #[test]
    fn redirects_keep_encryption_and_listings_keep_their_server() {
        let server = server("https://a.b/server");
        let at = server.url("core/items/1");
        let follow = |to: &str, elsewhere| server.follow(&at, to, elsewhere);
        assert_eq!(
            follow("/x", Elsewhere::Refused).unwrap().as_str(),
            "https://a.b/x"
        );
        assert!(follow("https://c.d/x", Elsewhere::Refused).is_err());
        assert!(follow("https://a.b:8443/x", Elsewhere::Refused).is_err());
        assert!(follow("https://c.d/x", Elsewhere::Allowed).is_ok());
        assert!(follow("http://a.b/x", Elsewhere::Allowed).is_err());
        assert!(follow("file:///etc/passwd", Elsewhere::Allowed).is_err());
        assert!(follow("", Elsewhere::Allowed).is_err());
    }

    #[test]
    fn a_plain_server_may_move_to_encryption() {
        let server = server("http://a.b/server");
        let at = server.url("core/items/1");
        let moved = server.follow(
            &at,
            "https://a.b/server/api/core/items/1",
            Elsewhere::Refused,
        );
        assert!(moved.is_ok());
    }

    #[test]
    fn waits_are_seconds_or_dates() {
        let now = "1994-11-06T08:49:00Z".parse().unwrap();
        assert_eq!(wait(" 7 ", now), Some(Duration::from_secs(7)));
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(wait(date, now), Some(Duration::from_secs(37)));
        let later = "1994-11-06T08:50:00Z".parse().unwrap();
        assert_eq!(wait(date, later), Some(Duration::ZERO));
        assert_eq!(wait("soon", now), None);
    }
}
