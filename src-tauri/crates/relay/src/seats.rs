//! Bounded places, in all and per address: for dials under way and for links.
//!
//! An address is an IPv4 address or an IPv6 network of 64 bits, which is what one customer gets at least.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::limit::Limit;

/// How many there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Most {
    pub(crate) in_all: (usize, Limit),
    pub(crate) per_address: (usize, Limit),
    /// Whether addresses of this machine count as any other.
    pub(crate) count_loopback: bool,
}

#[derive(Default)]
struct Taken {
    in_all: usize,
    per_address: HashMap<IpAddr, usize>,
}

/// See the module.
pub(crate) struct Seats {
    most: Most,
    taken: Mutex<Taken>,
}

impl Seats {
    pub(crate) fn new(most: Most) -> Arc<Self> {
        Arc::new(Self {
            most,
            taken: Mutex::default(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are taken.
    pub(crate) fn count(&self) -> usize {
        self.taken().in_all
    }

    /// Takes a place until what is returned is dropped, or says which limit is in the way.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Seat, Limit> {
        self.seat(address, false)
    }

    /// Takes a place for somebody who is about to give one up.
    pub(crate) fn take_over(self: &Arc<Self>, address: IpAddr) -> Result<Seat, Limit> {
        self.seat(address, true)
    }

    fn seat(self: &Arc<Self>, address: IpAddr, anyway: bool) -> Result<Seat, Limit> {
        let address = counted(address, self.most.count_loopback);
        let mut taken = self.taken();
        if !anyway && taken.in_all >= self.most.in_all.0 {
            return Err(self.most.in_all.1);
        }
        if let Some(address) = address {
            let here = taken.per_address.get(&address).copied().unwrap_or(0);
            if !anyway && here >= self.most.per_address.0 {
                return Err(self.most.per_address.1);
            }
            taken.per_address.insert(address, here + 1);
        }
        taken.in_all += 1;
        Ok(Seat {
            address,
            of: self.clone(),
        })
    }
}

/// The address that a connection counts for.
fn counted(address: IpAddr, count_loopback: bool) -> Option<IpAddr> {
    let address = address.to_canonical();
    if address.is_loopback() && !count_loopback {
        return None;
    }
    Some(match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    })
}

/// A place that is taken.
pub(crate) struct Seat {
    address: Option<IpAddr>,
    of: Arc<Seats>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.of.taken();
        taken.in_all = taken.in_all.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(here) = taken.per_address.get_mut(&address) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                taken.per_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(count_loopback: bool) -> Arc<Seats> {
        Seats::new(Most {
            in_all: (4, Limit::Links),
            per_address: (2, Limit::LinksPerAddress),
            count_loopback,
        })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn refusal(seats: &Arc<Seats>, address: &str) -> Option<Limit> {
        seats.take(ip(address)).err()
    }

    #[test]
    fn one_address_leaves_room_for_others_and_all_together_are_bounded() {
        let seats = seats(false);
        let one: Vec<_> = (0..2).map(|_| seats.take(ip("192.0.2.1")).unwrap()).collect();
        assert_eq!(refusal(&seats, "192.0.2.1"), Some(Limit::LinksPerAddress));
        assert_eq!(refusal(&seats, "::ffff:192.0.2.1"), Some(Limit::LinksPerAddress));
        let _other: Vec<_> = (0..2).map(|_| seats.take(ip("192.0.2.2")).unwrap()).collect();
        assert_eq!(refusal(&seats, "192.0.2.3"), Some(Limit::Links));
        drop(one);
        assert_eq!(refusal(&seats, "192.0.2.1"), None);
        assert_eq!(seats.count(), 2);
        assert_eq!(seats.taken().per_address.len(), 1, "who has none is forgotten");
    }

    #[test]
    fn a_network_of_64_bits_counts_as_one_address() {
        let seats = seats(false);
        let _two = [
            seats.take(ip("2001:db8::1")).unwrap(),
            seats.take(ip("2001:db8::2")).unwrap(),
        ];
        assert_eq!(refusal(&seats, "2001:db8::3"), Some(Limit::LinksPerAddress));
        assert_eq!(refusal(&seats, "2001:db8:0:1::1"), None);
    }

    #[test]
    fn a_terminator_on_this_machine_speaks_for_everybody() {
        let all: Vec<_> = (0..3)
            .map(|_| seats(false))
            .map(|seats| seats.take(ip("127.0.0.1")))
            .collect();
        assert!(all.iter().all(Result::is_ok));
        let seats = seats(true);
        let _two = [seats.take(ip("::1")).unwrap(), seats.take(ip("::1")).unwrap()];
        assert_eq!(refusal(&seats, "::1"), Some(Limit::LinksPerAddress));
    }

    #[test]
    fn whoever_takes_over_finds_a_place() {
        let seats = seats(false);
        let _all: Vec<_> = (0..2).map(|_| seats.take(ip("192.0.2.1")).unwrap()).collect();
        assert!(seats.take_over(ip("192.0.2.1")).is_ok());
    }
}
