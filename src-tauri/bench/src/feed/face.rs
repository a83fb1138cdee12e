//! A face that reads every event of the host over its control socket, as the window does, and does nothing with them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ligand_e2e::now;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::watch;

/// The whole org is that large at least, in bytes per workspace.
const ROW: usize = 200;

/// What it has read.
pub(super) struct Face {
    bytes: Arc<AtomicU64>,
    lines: watch::Receiver<Seen>,
    wanted: watch::Sender<String>,
}

#[derive(Clone)]
struct Seen {
    text: String,
    at: Instant,
}

impl Face {
    /// Begins to read; returns when the whole org of so many workspaces is there, with how long that took.
    pub(super) async fn look(runtime: &Path, workspaces: usize) -> (Self, Duration) {
        let began = now();
        let mut stream = UnixStream::connect(runtime.join("control.sock")).await.unwrap();
        let request = "GET /v1/events?changes=true HTTP/1.1\r\nhost: ligand\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let (tell, lines) = watch::channel(Seen {
            text: String::new(),
            at: began,
        });
        let (wanted, wants) = watch::channel(String::new());
        let bytes = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&bytes);
        tokio::spawn(async move {
            let mut buffer = vec![0; 256 << 10];
            let mut tail = String::new();
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                counted.fetch_add(count as u64, Ordering::Relaxed);
                // What is looked for may be cut in two.
                tail.push_str(&String::from_utf8_lossy(&buffer[..count]));
                let looked_for = wants.borrow().clone();
                if !looked_for.is_empty() && tail.contains(&looked_for) {
                    tell.send_replace(Seen {
                        text: looked_for,
                        at: now(),
                    });
                }
                let keep = tail.floor_char_boundary(tail.len().saturating_sub(100));
                tail.drain(..keep);
            }
        });
        while bytes.load(Ordering::Relaxed) < (workspaces * ROW) as u64 {
            assert!(began.elapsed() < Duration::from_secs(30), "the org does not come");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let face = Self { bytes, lines, wanted };
        (face, began.elapsed())
    }

    /// How much it has read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// When a text comes that was not there before.
    pub(super) async fn sees(&self, text: String) -> Instant {
        // Quotes around it: mark-1 is not mark-10.
        let text = format!("\"{text}\"");
        self.wanted.send_replace(text.clone());
        let mut lines = self.lines.clone();
        lines.wait_for(|seen| seen.text == text).await.unwrap().at
    }
}
