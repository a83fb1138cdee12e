//! The relay with real sockets: a platform of the test's own, laptops that dial with the tunnel's own code, and callers
//! that speak HTTP or raw bytes.

#[cfg(test)]
mod acme;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod away;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod card_copies;
#[cfg(test)]
mod check;
#[cfg(test)]
mod command;
#[cfg(all(test, target_os = "linux"))]
mod dialled;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod garbage;
#[cfg(test)]
mod hello;
#[cfg(test)]
mod host_names;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod links;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod ops;
#[cfg(test)]
mod proxy_protocol;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod smuggling;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tokens;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod unit_file;
