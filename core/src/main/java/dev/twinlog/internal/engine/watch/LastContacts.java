package dev.twinlog.internal.engine.watch;

import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.StoredEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves what the source last reported, so that a failover without the source can say how much was
 * not copied: of each topic within a second after it is known, then every five seconds if an end
 * has changed, and every half minute if none has, and when the link is closed. What a save that
 * fails had of its topics is saved again a second later. Confined to the control thread.
 */
public final class LastContacts {
  private static final Logger LOG = LoggerFactory.getLogger(LastContacts.class);
  private static final long CHANGED = Duration.ofSeconds(5).toNanos();
  private static final long UNCHANGED = Duration.ofSeconds(30).toNanos();

  /** A save that is under way when the source dies is late by a second at most. */
  private static final Duration NEXT_SAVED = Duration.ofNanos(CHANGED).plusSeconds(1);

  /** A reader hears of an end twice a second. */
  private static final Duration NEXT_HEARD = Duration.ofSeconds(2);

  private final Link link;
  private final EntryStore store;
  private final Map<String, Saved> saved = new HashMap<>();

  /** A save has failed since the last one. */
  private final AtomicBoolean failed = new AtomicBoolean();

  /** What was saved of a topic, and when. */
  private record Saved(Map<Integer, Contact> contacts, long nanos) {}

  public LastContacts(Link link, EntryStore store) {
    this.link = link;
    this.store = store;
  }

  /** Saves what is due; does not wait. */
  public void save(long nowNanos) {
    save(nowNanos, false);
  }

  /** Saves all of it, since the link is being closed. */
  public void saveLast() {
    save(link.time().nanoTime(), true);
  }

  private void save(long nowNanos, boolean all) {
    link.allFigures().values().forEach(figures -> figures.sampleGrowth(nowNanos));
    if (failed.getAndSet(false)) {
      saved.clear(); // to save again what may have been saved does no harm
    }
    Map<String, Map<Integer, Contact>> now = new TreeMap<>();
    of(link, NEXT_SAVED)
        .forEach(
            (partition, contact) ->
                now.computeIfAbsent(partition.topic(), any -> new HashMap<>())
                    .put(partition.partition(), contact));
    List<StoredEntry> changed = new ArrayList<>();
    now.forEach(
        (topic, contacts) -> {
          if (all || isDue(saved.get(topic), contacts, nowNanos)) {
            changed.add(MoveEntries.ofTopic(topic, contacts));
            saved.put(topic, new Saved(contacts, nowNanos));
          }
        });
    if (!changed.isEmpty()) {
      var unused =
          store
              .saveEntries(changed)
              .whenComplete(
                  (done, error) -> {
                    if (error != null) { // the proof of ownership fails as well, and reports it
                      failed.set(true);
                      LOG.debug("link {}: the last contacts were not saved", link.name(), error);
                    }
                  });
    }
  }

  private static boolean isDue(@Nullable Saved before, Map<Integer, Contact> now, long nowNanos) {
    if (before == null || !before.contacts().keySet().containsAll(now.keySet())) {
      return true;
    }
    boolean changed =
        now.entrySet().stream()
            .anyMatch(
                each -> {
                  Contact known = before.contacts().get(each.getKey());
                  return known == null || known.end() != each.getValue().end();
                });
    return nowNanos - before.nanos() >= (changed ? CHANGED : UNCHANGED);
  }

  /** What is known of the partitions of which anything is, by the link itself. */
  public static Map<TopicPartition, Contact> of(Link link) {
    return of(link, NEXT_HEARD);
  }

  private static Map<TopicPartition, Contact> of(Link link, Duration nextWithin) {
    Map<TopicPartition, Contact> contacts = new HashMap<>();
    for (PartitionFigures figures : link.allFigures().values()) {
      Contact contact = figures.lastContact(nextWithin);
      if (contact.end() != Seam.UNKNOWN) {
        contacts.put(figures.source(), contact);
      }
    }
    return contacts;
  }
}
