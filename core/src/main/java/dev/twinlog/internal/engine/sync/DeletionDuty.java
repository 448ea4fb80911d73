package dev.twinlog.internal.engine.sync;

import dev.twinlog.SyncChange;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.duty.PlannedChanges.Change;
import dev.twinlog.internal.engine.duty.PlannedDuty;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.RemovalSink;
import dev.twinlog.spi.RemovalSource;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the copies of source topics that were deleted. A topic is deleted only if all of this is
 * proved: this instance has copied to it, from one source topic alone; all partitions of the source
 * topic have left the link though it is still selected, which takes more than one discovery
 * interval, and another interval has passed; the source has other topics, is the cluster that the
 * link is registered for, and says that the topic doesn't exist; and no other link copies to the
 * target topic. It is deleted by its id. Confined to the control thread, except what a method says
 * the calls do.
 */
public final class DeletionDuty implements PlannedDuty {
  private static final Logger LOG = LoggerFactory.getLogger(DeletionDuty.class);

  private final Link link;
  private final Sides sides;
  private final Supplier<Topics> topics;

  /** The topics that this instance has copied, by source topic. */
  private final Map<String, Copy> copies = new HashMap<>();

  /** Since when a source topic is no longer part of the link. */
  private final Map<String, Long> missingSince = new HashMap<>();

  /**
   * What can be asked.
   *
   * @param registered the source cluster that the link is registered for; any thread
   */
  public record Sides(
      RemovalSource source,
      RemovalSink sink,
      LinkedCluster from,
      LinkedCluster to,
      Supplier<Optional<String>> registered) {}

  /** A target topic with its id. */
  public record Copy(String target, Uuid id) {}

  /**
   * The topics of the link now.
   *
   * @param copied those with a session, by source topic
   * @param present all source topics of the link, also missing ones that have not left it, and of
   *     the last discovery, with their target topics
   */
  public record Topics(Map<String, Copy> copied, Map<String, String> present) {}

  /** The topics that were deleted, and why others were not. */
  private record Result(
      Map<String, Copy> deleted,
      Map<String, List<String>> notes,
      Optional<ReplicationException> retried) {}

  /**
   * Creates the duty.
   *
   * @param topics called on the control thread
   */
  public DeletionDuty(Link link, Sides sides, Supplier<Topics> topics) {
    this.link = link;
    this.sides = sides;
    this.topics = topics;
  }

  @Override
  public String name() {
    return "deletion of topics";
  }

  @Override
  public Duration interval() {
    return link.settings().get(LinkOptions.DISCOVERY_INTERVAL);
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    if (!link.isReachable()) {
      return Optional.empty(); // what was last discovered may be old
    }
    Topics now = topics.get();
    copies.putAll(now.copied());
    copies.keySet().removeIf(this::isLeftAlone);
    missingSince.keySet().retainAll(copies.keySet());
    noticeMissing(now);
    Map<String, Copy> due = due(now);
    return due.isEmpty()
        ? Optional.empty()
        : Optional.of(
            () -> {
              Result result = run(due);
              return () -> report(result);
            });
  }

  @Override
  public Optional<Supplier<PlannedChanges>> preparePlan() {
    Topics now = topics.get();
    Map<String, Copy> due = due(now);
    Map<String, List<String>> notes = waiting(now);
    return due.isEmpty() && notes.isEmpty()
        ? Optional.empty()
        : Optional.of(() -> planned(due, notes));
  }

  /** Says what a run would delete. Calls. */
  private PlannedChanges planned(Map<String, Copy> due, Map<String, List<String>> notes) {
    List<Change> changes = new ArrayList<>();
    if (!due.isEmpty()) {
      proved(due, notes)
          .forEach(
              (topic, copy) ->
                  changes.add(
                      new Change(
                          SyncChange.Kind.DELETE_TOPIC,
                          copy.target(),
                          Optional.of("copy of source topic " + topic),
                          Optional.empty())));
    }
    return PlannedChanges.of(changes, notes);
  }

  /** Whether a topic is not selected any more: then its copy is no concern of the link. */
  private boolean isLeftAlone(String topic) {
    return !link.selection().selects(topic);
  }

  private void noticeMissing(Topics now) {
    long time = link.time().nanoTime();
    for (String topic : copies.keySet()) {
      if (now.present().containsKey(topic)) {
        missingSince.remove(topic);
      } else {
        missingSince.putIfAbsent(topic, time);
      }
    }
  }

  /** The topics that have been missing for long enough. Changes nothing. */
  private Map<String, Copy> due(Topics now) {
    Map<String, Copy> due = missing(now);
    due.keySet().removeIf(topic -> nanosLeft(topic) > 0);
    return due;
  }

  /** Of the topics that have not, when they will. */
  private Map<String, List<String>> waiting(Topics now) {
    Map<String, List<String>> notes = new TreeMap<>();
    missing(now)
        .forEach(
            (topic, copy) -> {
              long left = nanosLeft(topic);
              if (left > 0) {
                notes.put(
                    copy.target(),
                    List.of(
                        "it is deleted in %d s at the earliest, if source topic %s does not exist then"
                            .formatted(Duration.ofNanos(left).plusMillis(999).toSeconds(), topic)));
              }
            });
    return notes;
  }

  private long nanosLeft(String topic) {
    long now = link.time().nanoTime();
    return missingSince.getOrDefault(topic, now) + interval().toNanos() - now;
  }

  /** The topics that were noticed to be missing, and whose copies have no other source. */
  private Map<String, Copy> missing(Topics now) {
    Map<String, Copy> missing = new HashMap<>();
    if (now.present().isEmpty()) {
      return missing;
    }
    copies.forEach(
        (topic, copy) -> {
          boolean only =
              !now.present().containsValue(copy.target())
                  && copies.values().stream()
                          .filter(other -> other.target().equals(copy.target()))
                          .count()
                      == 1;
          if (only
              && !isLeftAlone(topic)
              && missingSince.containsKey(topic)
              && !now.present().containsKey(topic)) {
            missing.put(topic, copy);
          }
        });
    return missing;
  }

  /** Those of these topics that are proved to be deleted, and why others are kept. Calls. */
  private Map<String, Copy> proved(Map<String, Copy> due, Map<String, List<String>> notes) {
    Map<String, Copy> proved = new TreeMap<>(due);
    proved.keySet().retainAll(sides.source().absent(due.keySet()));
    proved.keySet().removeIf(this::isLeftAlone);
    if (!sides.registered().get().equals(Optional.of(sides.from().clusterId()))) {
      return Map.of(); // none of its topics is there
    }
    Map<String, String> others = SharedTopics.of(link.name(), sides.to());
    proved
        .values()
        .removeIf(
            copy -> {
              String other = others.get(copy.target());
              if (other != null) {
                notes.put(
                    copy.target(),
                    List.of("it is not deleted, since link %s copies to it".formatted(other)));
              }
              return other != null;
            });
    return proved;
  }

  /** Calls. */
  private Result run(Map<String, Copy> due) {
    Map<String, List<String>> notes = new TreeMap<>();
    Map<String, Copy> proved = proved(due, notes);
    if (proved.isEmpty()) {
      return new Result(Map.of(), notes, Optional.empty());
    }
    if (!link.context().lease().holds()) {
      throw new RetriableException(
          "target topics are deleted again when the ownership of the link is proved");
    }
    Map<String, Copy> deleted = new TreeMap<>();
    Map<String, Uuid> asked = new HashMap<>();
    proved.values().forEach(copy -> asked.put(copy.target(), copy.id()));
    Map<String, Optional<ReplicationException>> answers = sides.sink().deleteTopics(asked);
    Optional<ReplicationException> retried = Optional.empty();
    for (Map.Entry<String, Copy> each : proved.entrySet()) {
      String target = each.getValue().target();
      Optional<ReplicationException> refusal =
          answers.getOrDefault(
              target, Optional.of(new RetriableException("no answer about topic " + target)));
      if (refusal.isEmpty()) {
        deleted.put(each.getKey(), each.getValue());
      } else if (refusal.get() instanceof RetriableException) {
        retried = refusal;
      } else {
        notes.put(target, List.of("it is not deleted: " + refusal.get().getMessage()));
      }
    }
    return new Result(deleted, notes, retried);
  }

  private void report(Result result) {
    link.publishNotes(name(), result.notes());
    result
        .deleted()
        .forEach(
            (topic, copy) -> {
              copies.remove(topic);
              missingSince.remove(topic);
              LOG.info(
                  "link {}: deleted topic {}, since topic {} was deleted at the source",
                  link.name(),
                  copy.target(),
                  topic);
              link.events().post(listener -> listener.topicDeleted(topic, copy.target()));
            });
    result
        .retried()
        .ifPresent(
            cause -> {
              throw cause;
            });
  }
}
