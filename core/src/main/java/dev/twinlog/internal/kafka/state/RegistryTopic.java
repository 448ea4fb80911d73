package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.progress.ProducerOrigin;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic {@code twinlog.<link>.registry}: what other links have to know of this one, its
 * description and its producer ids. It is small, so that they can read those of all links; the
 * state topic has the description as well, for links that run an older version.
 *
 * <p>It is written in the transactions of the state. All of it that matters for the copy is in the
 * state topic too, so nothing that happens to it stops the link: what is lost is written again, and
 * while it can't be written, the state is saved without it, and notes say so.
 *
 * <p>Confined to one thread at a time, except {@link #notes()}.
 */
final class RegistryTopic {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryTopic.class);
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final LazyAdmin admin;
  private final StateTopic topic;
  private final StateWatch watch;
  private final Map<Long, ProducerOrigin> producers = new HashMap<>();
  private final Set<Long> unsavedProducers = new HashSet<>();
  private Optional<LinkDescription> link = Optional.empty();
  private boolean linkUnsaved;
  private boolean opened;
  private long lookAt = System.nanoTime();
  private List<String> read = List.of();
  private volatile List<String> notes = List.of();
  private boolean suspended;
  private boolean warned;

  /** The registry of a link, in the cluster that it writes to. */
  RegistryTopic(LazyAdmin admin, String link) {
    this.admin = admin;
    this.topic = new StateTopic(admin, nameOf(link));
    this.watch = new StateWatch(admin, topic, "the registry was written again");
  }

  static String nameOf(String link) {
    return "twinlog." + link + ".registry";
  }

  String name() {
    return topic.name();
  }

  /** Sets the link's description, to be saved next if it is another one. */
  void link(Optional<LinkDescription> description) {
    if (!description.equals(link)) {
      link = description;
      linkUnsaved = true;
    }
  }

  /** Adds a producer id, to be saved next if it is a new one. */
  void producer(long id, ProducerOrigin origin) {
    if (producers.putIfAbsent(id, origin) == null) {
      unsavedProducers.add(id);
    }
  }

  /**
   * Returns the records to save next; none while the topic can't be used.
   *
   * @throws TargetReplacedException if nothing may be saved
   */
  List<ProducerRecord<byte[], byte[]>> unsaved() {
    try {
      if (!isUsable()) {
        return List.of();
      }
    } catch (TargetReplacedException e) {
      throw e;
    } catch (ReplicationException e) {
      suspend(e);
      return List.of();
    }
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    if (linkUnsaved) {
      records.add(RegistryRecords.link(topic.address(), link));
    }
    for (Long id : unsavedProducers) {
      ProducerOrigin origin = producers.get(id);
      if (origin != null) {
        records.add(RegistryRecords.producer(topic.address(), id, origin));
      }
    }
    if (records.isEmpty()) {
      resume();
    }
    return records;
  }

  /** Opens the topic, or checks it if it is time or something is to be written to it. */
  private boolean isUsable() {
    boolean due = System.nanoTime() - lookAt >= 0;
    if (due) {
      lookAt = System.nanoTime() + LOOK_NANOS;
    }
    if (!opened) {
      if (due) {
        open();
      }
      return due;
    }
    boolean unsaved = linkUnsaved || !unsavedProducers.isEmpty();
    if (due || (unsaved && !suspended)) {
      watch.suspectUnlessNew();
    }
    boolean lost = watch.isLost();
    if (lost) {
      saveAll();
    }
    return lost || due || !suspended;
  }

  /** Creates or reads the topic. What the link already knows is newer than what is in it. */
  private void open() {
    boolean created = topic.ensure();
    RegistryContents contents = new RegistryContents();
    if (!created) {
      topic.read(
          (where, key, value) -> RegistryRecords.fold(where, key, value, contents), () -> true);
    }
    watch.begin(created);
    linkUnsaved = !contents.link().equals(link);
    contents
        .producers()
        .forEach(
            (id, origin) -> {
              if (origin.equals(producers.get(id))) {
                unsavedProducers.remove(id);
              }
              producers.putIfAbsent(id, origin);
            });
    read = contents.ignored().notes();
    opened = true;
  }

  private void saveAll() {
    linkUnsaved = link.isPresent();
    unsavedProducers.addAll(producers.keySet());
  }

  /** What {@link #unsaved()} returned last has been committed. */
  void saved() {
    linkUnsaved = false;
    unsavedProducers.clear();
    resume();
  }

  private void resume() {
    if (suspended) {
      suspended = false;
      warned = false;
      LOG.info("topic {} on {} can be written again", name(), admin.errors().alias());
    }
    List<String> now = new ArrayList<>(read);
    now.addAll(watch.notes());
    notes = List.copyOf(now);
  }

  /**
   * The state was saved without the records that {@link #unsaved()} returned last. A WARN event
   * tells of it, unless it may pass by itself: then only if it still is so at the next look.
   */
  void suspend(ReplicationException cause) {
    lookAt = System.nanoTime() + LOOK_NANOS;
    watch.suspect();
    String message = "topic {} on {} can't be written; the link continues without it";
    if (!suspended && cause instanceof RetriableException) {
      LOG.info(message + ": {}", name(), admin.errors().alias(), cause.getMessage());
    } else if (!warned) {
      warned = true;
      LOG.warn(message, name(), admin.errors().alias(), cause);
    }
    suspended = true;
    notes =
        List.of(
            "it can't be written, so other links may not see what this one copies now: %s"
                .formatted(cause.getMessage()));
  }

  /** Returns notes about the topic. Any thread. */
  List<String> notes() {
    return notes;
  }
}
