package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.ReplicationException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the state topic of a running link, or its topic of positions: that it is still the topic
 * that the state was written to, that its configs keep what is written, and that no records were
 * deleted from it.
 *
 * <p>Producers let brokers create topics with their default configs. So the topic is checked before
 * the owner's producer writes to it, and created, or given its configs, by the link.
 *
 * <p>Confined to one thread at a time, except {@link #notes()}.
 */
final class StateWatch {
  private static final Logger LOG = LoggerFactory.getLogger(StateWatch.class);
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(4);
  private static final int LOOKS_PER_CONFIG_CHECK = 6;

  private final LazyAdmin admin;
  private final StateTopic topic;
  private final String remedy;
  private Uuid known = Uuid.ZERO_UUID;
  private long start;
  private long lookedAt;
  private boolean isNew;
  private int looks;
  private volatile List<String> lost = List.of();
  private volatile List<String> wrong = List.of();

  /**
   * Creates a watch that has not begun.
   *
   * @param remedy what the link does about a loss, for notes
   */
  StateWatch(LazyAdmin admin, StateTopic topic, String remedy) {
    this.admin = admin;
    this.topic = topic;
    this.remedy = remedy;
  }

  /**
   * Starts to watch the topic as it is now.
   *
   * @param created whether it was created just now; the broker that is queried may not know it yet
   */
  void begin(boolean created) {
    StateTopic.Look look = topic.look();
    known = created ? topic.createdId() : look.topicId();
    start = created ? 0 : topic.startOffset();
    wrong = created ? List.of() : topic.complaints(look);
    lookedAt = System.nanoTime();
    isNew = created;
  }

  /** Returns the id of the topic as of the last check; zero if a broker did not know it yet. */
  Uuid topicId() {
    return known;
  }

  /** Returns the first offset of the topic as of the last check. */
  long start() {
    return start;
  }

  /** Makes the next write check the topic first, whenever that is. */
  void suspect() {
    lookedAt = System.nanoTime() - LOOK_NANOS;
  }

  /** As {@link #suspect}, unless the brokers may not know yet that it was created. */
  void suspectUnlessNew() {
    if (!isNew) {
      suspect();
    }
  }

  /**
   * Checks the topic, if it is time; repairs what is missing or set wrong.
   *
   * @return whether saved records were lost, so that they must be written again
   * @throws TargetReplacedException if the topic is another one because the cluster is
   * @throws ReplicationException if the topic can't be checked or repaired now
   */
  boolean isLost() {
    long now = System.nanoTime();
    if (now - lookedAt < LOOK_NANOS) {
      return false;
    }
    isNew = false;
    StateTopic.Look look = topic.look();
    boolean gone = look.topicId().equals(Uuid.ZERO_UUID);
    if (known.equals(Uuid.ZERO_UUID)) {
      if (gone) {
        return false; // the broker that was queried does not know it yet
      }
      known = look.topicId();
    }
    if (!look.topicId().equals(known)) {
      topic.requireSameCluster();
      if (gone) {
        begin(topic.ensure());
      } else {
        topic.setConfigs();
        begin(false);
      }
      note(gone ? "was deleted" : "was deleted and created again, by a broker or by hand");
      return true;
    }
    if (looks++ % LOOKS_PER_CONFIG_CHECK == 0) {
      complain(topic.complaints(look));
    }
    lookedAt = now;
    long first = topic.startOffset();
    if (first > start) {
      start = first;
      note("lost all records before offset %d".formatted(first));
      return true;
    }
    return false;
  }

  private void complain(List<String> now) {
    for (String one : now) {
      if (!wrong.contains(one)) {
        LOG.warn("topic {} on {}: {}", topic.name(), admin.errors().alias(), one);
      }
    }
    wrong = now;
  }

  private void note(String what) {
    String note = "%s while the link was running: %s".formatted(what, remedy);
    LOG.warn("topic {} on {} {}", topic.name(), admin.errors().alias(), note);
    List<String> all = new ArrayList<>(lost);
    all.remove(note);
    all.add(note);
    lost = List.copyOf(all);
  }

  /** Returns notes about the topic. Any thread. */
  List<String> notes() {
    List<String> all = new ArrayList<>(lost);
    all.addAll(wrong);
    return all;
  }
}
