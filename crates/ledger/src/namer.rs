//! The ids of many events: the namespace of a source costs as much as an id, and most records share theirs.

use crate::event::Event;
use crate::id::{EventId, Namespace};

/// Derives event ids like [`Event::id`]; remembers the namespace of the last source.
#[derive(Clone, Debug, Default)]
pub struct Namer {
    last: Option<(String, Namespace)>,
}

impl Namer {
    /// The event's id.
    pub fn id<S: AsRef<str>>(&mut self, event: &Event<S>) -> EventId {
        event.id_in(|| self.namespace(event.origin.source.as_ref()))
    }

    fn namespace(&mut self, source: &str) -> Namespace {
        match &self.last {
            Some((last, namespace)) if last == source => *namespace,
            _ => {
                let namespace = Namespace::of(source);
                self.last = Some((source.to_owned(), namespace));
                namespace
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Origin;
    use crate::testing::{event, keyless};

    #[test]
    fn names_like_the_event_itself() {
        let mut namer = Namer::default();
        for source in ["a", "a", "b", "a"] {
            for one in [event(1), keyless(1, 2)] {
                let one = Event { origin: Origin { source: source.to_owned(), ..one.origin.clone() }, ..one };
                assert_eq!(namer.id(&one), one.id(), "{source}");
            }
        }
    }
}
