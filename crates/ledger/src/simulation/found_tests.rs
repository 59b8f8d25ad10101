//! What the simulation found, each fault by itself.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::medium::Faulty;
use super::world::{Lie, Mood, World};
use crate::error::{AppendError, OpenError};
use crate::ledger::{Ledger, Settings};
use crate::medium::Folder;
use crate::testing::{event, events};
use crate::writer::{Expected, Options, Writer};

/// A ledger on a simulated disk.
struct Simulated {
    world: Arc<Mutex<World>>,
}

impl Simulated {
    fn new(seed: u64) -> Self {
        let ledger = Self { world: Arc::new(Mutex::new(World::new(seed, None))) };
        let now = "2025-01-01T00:00:00Z".parse().expect("an instant");
        Ledger::create_in(&ledger.folder(), Settings::default(), now).expect("a ledger");
        ledger
    }

    /// As the present process sees it.
    fn folder(&self) -> Folder {
        Folder::on(Arc::new(Faulty::of(&self.world)), Path::new("/ledger"))
    }

    fn open(&self) -> Result<Writer, OpenError> {
        let clock = Box::new(|| "2025-01-02T00:00:00Z".parse().expect("an instant"));
        Writer::open_in(&self.folder(), Options { admission: None, clock })
    }

    fn change(&self, change: impl FnOnce(&mut World)) {
        let mut world = self.world.lock().expect("no thread panics with the disk");
        change(&mut world);
        world.ended = false;
        world.step += 1;
    }

    /// The same on many disks, which lose other parts each.
    fn many(run: impl Fn(&Self)) {
        (0..40).for_each(|seed| run(&Self::new(seed)));
    }
}

#[test]
fn a_ledger_that_was_made_is_there_after_a_power_cut() {
    Simulated::many(|ledger| {
        ledger.change(World::cut_power);
        ledger.open().expect("its folder has a lasting name");
    });
}

#[test]
fn entries_that_were_never_synced_are_synced_before_they_are_built_upon() {
    Simulated::many(|ledger| {
        let mut writer = ledger.open().expect("opens");
        // A kill between the write and the sync, or a sync that failed: it can be read, and is not on the disk.
        ledger.change(|world| world.lie = Some(Lie::Contents("tail")));
        writer.append(events(0..3), Expected::Any).expect("appends");
        ledger.change(World::kill);
        drop(writer);
        ledger.change(|world| world.lie = None);
        ledger.open().expect("opens").append(events(3..5), Expected::Size(3)).expect("appends");
        ledger.change(World::cut_power);
        assert_eq!(ledger.open().expect("opens").size(), 5);
    });
}

#[test]
fn a_mark_of_closing_is_synced_before_anything_follows_it() {
    Simulated::many(|ledger| {
        let mut writer = ledger.open().expect("opens");
        writer.append(events(0..3), Expected::Any).expect("appends");
        drop(writer);
        let mut writer = ledger.open().expect("opens");
        // Its write is done, its sync is not: mark and commit are in the system's cache.
        ledger.change(|world| world.fuse = Some(1));
        writer.append(events(3..5), Expected::Any).expect_err("the power is cut");
        drop(writer);
        ledger.change(|world| world.fuse = None);
        let size = ledger.open().expect("opens").size();
        assert!(size == 3 || size == 5, "{size}");
    });
}

#[test]
fn the_name_of_a_new_tail_is_synced_before_it_is_built_upon() {
    Simulated::many(|ledger| {
        let mut writer = ledger.open().expect("opens");
        writer.append(events(0..3), Expected::Any).expect("appends");
        ledger.change(|world| world.lie = Some(Lie::Names));
        writer.close().expect("drains");
        ledger.change(World::kill);
        ledger.change(|world| world.lie = None);
        ledger.open().expect("opens").append(events(3..5), Expected::Size(3)).expect("appends");
        ledger.change(World::cut_power);
        assert_eq!(ledger.open().expect("opens").size(), 5);
    });
}

#[test]
fn an_error_while_looking_for_a_file_is_no_damage() {
    let ledger = Simulated::new(1);
    ledger.open().expect("opens").append(events(0..3), Expected::Any).expect("appends");
    ledger.change(|world| world.mood = Mood::Failing(2));
    let mut refused = 0;
    for _ in 0..200 {
        ledger.change(|_| {});
        match ledger.open() {
            Ok(_) => {}
            Err(OpenError::Disk(_)) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn an_error_while_ids_are_compared_stops_the_writer() {
    let ledger = Simulated::new(1);
    let mut writer = ledger.open().expect("opens");
    writer.append(events(0..3), Expected::Any).expect("appends");
    writer.close().expect("drains");
    let mut writer = ledger.open().expect("opens");
    ledger.change(|world| world.mood = Mood::Failing(1));
    let error = (0..200).find_map(|_| {
        ledger.change(|_| {});
        writer.append(vec![event(1)], Expected::Any).err()
    });
    assert!(error.as_ref().is_some_and(AppendError::is_of_disk), "{error:?}");
    ledger.change(|world| world.mood = Mood::Healthy);
    assert!(matches!(writer.append(vec![event(1)], Expected::Any), Err(AppendError::Stopped)));
    assert_eq!(writer.read(..).expect("reads go on").count(), 1);
}

#[test]
fn an_import_is_forgotten_only_when_the_name_of_its_tail_lasts() {
    let import = |ledger: &Simulated| -> Result<(), Box<dyn std::error::Error>> {
        let mut writer = ledger.open()?;
        let mut stage = writer.stage()?;
        stage.push_chunk(events(0..2))?;
        stage.finish()?.publish(None)?;
        Ok(())
    };
    // The first process ends after so many calls, the next one after so many of its own; then the power is cut.
    for (first, next) in (0..30).flat_map(|first| (0..4).map(move |next| (first, next))) {
        Simulated::many(|ledger| {
            ledger.change(|world| world.fuse = Some(first));
            let _ended = import(ledger);
            ledger.change(World::kill);
            ledger.change(|world| world.fuse = Some(next));
            let _ended = ledger.open();
            ledger.change(World::cut_power);
            let writer = ledger.open().expect("nothing is damaged");
            let records = writer.read(..).expect("the store fits").count();
            assert!(records == 0 || writer.size() == 2, "{first}, {next}");
            let store = writer.live.store();
            store.unwrap_or_else(|error| panic!("calls {first} and {next}: {error}"));
        });
    }
}
