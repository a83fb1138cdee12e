//! `cloudflared`, as a quick tunnel: how it is started, and how its log is read.
//!
//! Formats as in Cloudflare's public source, github.com/cloudflare/cloudflared: `cmd/cloudflared/tunnel/quick_tunnel.go`
//! (the box with the address, the words of a request for a tunnel that failed, one connection per quick tunnel),
//! `connection/` and `supervisor/` (registered, lost), `logger/` (a console line is `TIME LEVEL message key=value…` on
//! standard error; what ends the program stands there without time and level); the rate limit's words from its issues.
//! Its `--metrics` server has the address too, at `/quicktunnel`, but only newer versions do, and it must be asked again and
//! again to see a change, which the log tells by itself.

use std::net::SocketAddr;

use super::word::{Trouble, Word, address, told};

/// Levels of a console line.
const LEVELS: [&str; 6] = ["DBG", "INF", "WRN", "ERR", "FTL", "PNC"];

/// Its own settings by environment, most of which are of a tunnel with a name, and would make it another than is meant.
const VARIABLES: &str = "TUNNEL_";

/// A file without a setting: it refuses quick tunnels where the user's own file is.
const NO_SETTINGS: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

pub(super) fn is_of_another_tunnel(variable: &str) -> bool {
    variable.starts_with(VARIABLES)
}

pub(super) fn arguments(listener: SocketAddr) -> Vec<String> {
    [
        "tunnel",
        "--config",
        NO_SETTINGS,
        // It would end itself to start a newer one, with another address.
        "--no-autoupdate",
        // In a container it would else be open to the network.
        "--metrics",
        "127.0.0.1:0",
        "--url",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([format!("http://{listener}")])
    .collect()
}

pub(super) fn read(line: &str) -> Option<Word> {
    let message = message(line);
    // The box has the address alone on a line of its own; other addresses stand in sentences.
    let boxed = message.strip_prefix('|').and_then(|rest| rest.strip_suffix('|'));
    if let Some(boxed) = boxed {
        let url = address(boxed.trim())?;
        return Some(Word::Address { url, works: false });
    }
    let is_registered = message.starts_with("Registered tunnel connection")
        || (message.starts_with("Connection ") && message.contains(" registered "));
    if is_registered {
        return Some(Word::Works);
    }
    let is_lost = [
        "Unregistered tunnel connection",
        "Lost connection with the edge",
        "Connection terminated",
    ]
    .iter()
    .any(|words| message.starts_with(words));
    if is_lost {
        return Some(Word::Lost(told(message)));
    }
    let trouble = if message.contains("429 Too Many Requests") || message.contains("error code: 1015") {
        Trouble::Limited
    } else if message.contains("cloudflared tunnel login") || message.contains("origin cert") {
        Trouble::Login
    } else if message.starts_with("failed to request quick Tunnel")
        || message.starts_with("failed to read quick-tunnel response")
        || message.starts_with("Error unmarshaling QuickTunnel response")
    {
        Trouble::Refused
    } else {
        return None;
    };
    Some(Word::Trouble(trouble, told(message)))
}

/// A line without time and level.
fn message(line: &str) -> &str {
    let mut parts = line.trim().splitn(3, ' ');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(level), Some(message)) if LEVELS.contains(&level) => message.trim(),
        _ => line.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "\
2024-02-14T10:35:25Z INF Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, is a quick way to experiment and try it out. However, be aware that these account-less Tunnels have no uptime guarantee, are subject to the Cloudflare Online Services Terms of Use (https://www.cloudflare.com/website-terms/), and Cloudflare reserves the right to investigate your use of Tunnels for violations of such terms. If you intend to use Tunnels in production you should use a pre-created named tunnel by following: https://developers.cloudflare.com/cloudflare-one/connections/connect-apps
2024-02-14T10:35:25Z INF Requesting new quick Tunnel on trycloudflare.com...
2024-02-14T10:35:26Z INF +--------------------------------------------------------------------------------------------+
2024-02-14T10:35:26Z INF |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |
2024-02-14T10:35:26Z INF |  https://tiles-photograph-routine-groundwater.trycloudflare.com                            |
2024-02-14T10:35:26Z INF +--------------------------------------------------------------------------------------------+
2024-02-14T10:35:26Z INF Settings: map[config:/dev/null metrics:127.0.0.1:0 no-autoupdate:true url:http://127.0.0.1:8474]
2024-02-14T10:35:26Z INF Starting metrics server on 127.0.0.1:43615/metrics
2024-02-14T10:35:27Z INF Registered tunnel connection connIndex=0 connection=02cb73dd-a7a1-4f7d-9e19-b0ba5f6bff11 event=0 ip=198.41.200.63 location=bru01 protocol=quic";

    fn words(text: &str) -> Vec<Word> {
        text.lines().filter_map(read).collect()
    }

    #[test]
    fn the_address_is_read_out_of_its_box_and_works_once_registered() {
        let url = address("https://tiles-photograph-routine-groundwater.trycloudflare.com").unwrap();
        assert_eq!(words(START), [Word::Address { url, works: false }, Word::Works]);
    }

    #[test]
    fn a_connection_that_is_lost_and_found_is_told() {
        let text = "\
2024-07-09T08:18:30Z INF Unregistered tunnel connection connIndex=0 event=0 ip=198.41.192.167
2024-07-09T08:18:30Z WRN Serve tunnel error error=\"timeout: no recent network activity\" connIndex=0 event=0 ip=198.41.192.167
2024-07-09T08:18:30Z INF Retrying connection in up to 1s connIndex=0 event=0 ip=198.41.192.167
2021-03-28T00:41:50Z INF Connection ae7ff38f-9faa-4cf9-9df1-c31a1b329f36 registered connIndex=0 location=AMS";
        let words = words(text);
        assert!(matches!(&words[..], [Word::Lost(_), Word::Works]), "{words:?}");
    }

    #[test]
    fn what_comes_to_nothing_is_sorted() {
        let limited = "2026-03-23T10:50:38Z ERR Error unmarshaling QuickTunnel response: error code: 1015 error=\"invalid character 'e' looking for beginning of value\" status_code=\"429 Too Many Requests\"\nfailed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value";
        assert!(matches!(&words(limited)[..], [Word::Trouble(Trouble::Limited, why)] if why.contains("429")));
        let offline = "failed to request quick Tunnel: Post \"https://api.trycloudflare.com/tunnel\": dial tcp: lookup api.trycloudflare.com: no such host";
        assert!(matches!(
            &words(offline)[..],
            [Word::Trouble(Trouble::Refused, _)]
        ));
        let login = "2024-01-01T00:00:00Z ERR You need to specify the origin certificate path with --origincert option, or set TUNNEL_ORIGIN_CERT environment variable. See https://developers.cloudflare.com/... Error locating origin cert";
        assert!(matches!(&words(login)[..], [Word::Trouble(Trouble::Login, _)]));
    }

    #[test]
    fn it_is_told_the_listener_and_nothing_of_another_tunnel() {
        let arguments = arguments("127.0.0.1:8474".parse().unwrap());
        assert_eq!(arguments.last().unwrap(), "http://127.0.0.1:8474");
        assert!(is_of_another_tunnel("TUNNEL_TOKEN") && !is_of_another_tunnel("HTTPS_PROXY"));
    }
}
