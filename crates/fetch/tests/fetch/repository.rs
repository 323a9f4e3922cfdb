//! A server on this computer that speaks the part of the DSpace 7 REST API that fetching needs,
//! and misbehaves as a test asks for.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use md5::{Digest, Md5};
use serde_json::{Value, json};

pub const ITEM: &str = "60fbaa63-1982-4332-b186-fdb500dcc8cd";
const BUNDLE: &str = "d3599177-0408-403b-9f8d-d300edd79edb";
const THUMBNAILS: &str = "00000000-0408-403b-9f8d-d300edd79edb";
const API: &str = "/server/api/core";

/// What was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    /// First byte asked for.
    pub from: Option<usize>,
    /// How many requests of the same path came before.
    pub before: usize,
}

impl Request {
    pub fn is_content(&self) -> bool {
        self.path.ends_with("/content")
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Bytes of the body after which the connection is closed.
    pub cut_after: Option<usize>,
    /// How long the connection stays silent before it is closed.
    pub silence: Duration,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            cut_after: None,
            silence: Duration::ZERO,
        }
    }

    pub fn json(value: &Value) -> Self {
        let mut reply = Self::status(200).header("Content-Type", "application/hal+json");
        reply.body = value.to_string().into_bytes();
        reply
    }

    pub fn redirect(to: &str) -> Self {
        Self::status(302).header("Location", to)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: &[u8]) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.cut_after = Some(bytes);
        self
    }
}

/// A file of the repository.
#[derive(Debug, Clone)]
pub struct Deposit {
    pub name: Value,
    pub content: Vec<u8>,
    pub bytes: Value,
    pub sum: Value,
}

impl Deposit {
    pub fn new(name: &str, content: &[u8]) -> Self {
        Self {
            name: json!(name),
            content: content.to_owned(),
            bytes: json!(content.len()),
            sum: json!({"checkSumAlgorithm": "MD5", "value": md5_of(content)}),
        }
    }
}

pub fn md5_of(content: &[u8]) -> String {
    Md5::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

type Twist = dyn Fn(&Request, Reply) -> Reply + Send + Sync;

/// The server. It ends with the test process.
pub struct Repository {
    /// Address of the API.
    pub address: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Repository {
    /// A server that behaves.
    pub fn of(deposits: &[Deposit]) -> Self {
        Self::twisted(deposits, |_, reply| reply)
    }

    /// A server whose replies are changed by `twist`.
    pub fn twisted(
        deposits: &[Deposit],
        twist: impl Fn(&Request, Reply) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/server", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let deposits: Arc<[Deposit]> = deposits.into();
        let twist: Arc<Twist> = Arc::new(twist);
        let seen = Arc::clone(&log);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (deposits, twist, seen) =
                    (Arc::clone(&deposits), Arc::clone(&twist), Arc::clone(&seen));
                std::thread::spawn(move || answer(stream, &deposits, &*twist, &seen));
            }
        });
        Self { address, log }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    /// Requests for the contents of files, by their first byte.
    pub fn downloads(&self) -> Vec<usize> {
        self.requests()
            .iter()
            .filter(|r| r.is_content())
            .map(|r| r.from.unwrap_or(0))
            .collect()
    }
}

fn answer(mut stream: TcpStream, deposits: &[Deposit], twist: &Twist, log: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line);
    }
    let path = lines[0].split(' ').nth(1).unwrap().to_owned();
    let from = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let range = value.trim().strip_prefix("bytes=")?;
        name.eq_ignore_ascii_case("range")
            .then(|| range.trim_end_matches('-').parse().unwrap())
    });
    let request = {
        let mut log = log.lock().unwrap();
        let before = log.iter().filter(|r: &&Request| r.path == path).count();
        let request = Request { path, from, before };
        log.push(request.clone());
        request
    };
    let reply = twist(&request, behave(&request, deposits));
    let mut head = format!("HTTP/1.1 {} Because\r\nConnection: close\r\n", reply.status);
    let has = |name: &str| reply.headers.iter().any(|(n, _)| n == name);
    if !has("Content-Length") && !has("No-Length") {
        head += &format!("Content-Length: {}\r\n", reply.body.len());
    }
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let body = &reply.body[..reply
        .cut_after
        .unwrap_or(reply.body.len())
        .min(reply.body.len())];
    // The other side may have gone.
    let _ = stream
        .write_all(format!("{head}\r\n").as_bytes())
        .and_then(|()| stream.write_all(body))
        .and_then(|()| stream.flush());
    std::thread::sleep(reply.silence);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read(&mut [0; 1]);
}

/// An identifier for the file of a number.
pub fn id(number: usize) -> String {
    format!("8d33bdfb-e7ba-43e6-a93a-{number:012}")
}

/// Path of the contents of the file of a number.
pub fn content_path(number: usize) -> String {
    format!("{API}/bitstreams/{}/content", id(number))
}

fn behave(request: &Request, deposits: &[Deposit]) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let query: HashMap<&str, usize> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name, value.parse().unwrap()))
        .collect();
    if path == format!("{API}/items/{ITEM}") {
        return Reply::json(&json!({
            "uuid": ITEM, "name": "Slag particles", "handle": "123/456", "inArchive": true,
            "discoverable": true, "withdrawn": false, "metadata": {}, "type": "item",
        }));
    }
    if path == format!("{API}/items/{ITEM}/bundles") {
        let bundle = |uuid: &str, name: &str| json!({"uuid": uuid, "name": name, "type": "bundle"});
        let bundles = [bundle(THUMBNAILS, "THUMBNAIL"), bundle(BUNDLE, "ORIGINAL")];
        return page("bundles", &bundles, &query);
    }
    if path == format!("{API}/bundles/{BUNDLE}/bitstreams") {
        let bitstreams: Vec<Value> = deposits
            .iter()
            .enumerate()
            .map(|(number, deposit)| {
                json!({
                    "uuid": id(number), "name": deposit.name, "sizeBytes": deposit.bytes,
                    "bundleName": "ORIGINAL", "checkSum": deposit.sum, "type": "bitstream",
                })
            })
            .collect();
        return page("bitstreams", &bitstreams, &query);
    }
    let deposit = (0..deposits.len()).find(|&number| path == content_path(number));
    let Some(deposit) = deposit.map(|number| &deposits[number]) else {
        return Reply::status(404).body(b"{\"status\":404}");
    };
    match request.from {
        None => Reply::status(200).body(&deposit.content),
        Some(from) if from >= deposit.content.len() => Reply::status(416),
        Some(from) => {
            let total = deposit.content.len();
            Reply::status(206)
                .header(
                    "Content-Range",
                    &format!("bytes {from}-{}/{total}", total - 1),
                )
                .body(&deposit.content[from..])
        }
    }
}

/// A page as Spring Data writes it; this server gives at most three entries a page.
fn page(what: &str, entries: &[Value], query: &HashMap<&str, usize>) -> Reply {
    let size = query["size"].min(3);
    let number = query["page"];
    let shown: Vec<&Value> = entries.iter().skip(number * size).take(size).collect();
    let mut answer = json!({
        "page": {
            "size": size, "totalElements": entries.len(),
            "totalPages": entries.len().div_ceil(size), "number": number,
        }
    });
    if !shown.is_empty() {
        answer["_embedded"] = json!({ what: shown });
    }
    Reply::json(&answer)
}
