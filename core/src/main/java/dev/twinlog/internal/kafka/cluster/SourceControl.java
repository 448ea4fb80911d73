package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SelectedTopics;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicDescription;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/** The admin calls of a source. Confined to the link's control thread. */
public final class SourceControl {
  private static final long UNKNOWN = -1;

  private final LazyAdmin admin;
  private final Supplier<? extends SelectedTopics> selection;
  private final TopicDirectory directory;
  private final PartitionOffsets offsets;
  private boolean answeredOnce;
  private Set<String> missing = Set.of();
  private boolean unmatched;

  /**
   * Creates the admin calls of a source.
   *
   * @param admin the cluster; closed by its creator
   * @param selection which topics are copied now; any thread
   * @param isolation {@code read_committed} or {@code read_uncommitted}
   */
  public SourceControl(
      LazyAdmin admin, Supplier<? extends SelectedTopics> selection, String isolation) {
    this.admin = admin;
    this.selection = selection;
    this.directory = new TopicDirectory(admin);
    this.offsets =
        new PartitionOffsets(admin, IsolationLevel.valueOf(isolation.toUpperCase(Locale.ROOT)));
  }

  public List<SourcePartition> partitions() {
    Map<String, TopicAuthorizationException> denied = new TreeMap<>();
    SelectedTopics selected = selection.get();
    Optional<Set<String>> named = selected.names();
    var shapes = directory.shapes(named.isPresent() ? named.get() : visible(selected), denied);
    if (named.isPresent() && !denied.isEmpty()) {
      throw denied(denied);
    }
    List<SourcePartition> partitions = new ArrayList<>();
    shapes.forEach(
        (topic, shape) -> {
          Optional<Uuid> id =
              Optional.of(shape.topicId()).filter(known -> !known.equals(Uuid.ZERO_UUID));
          for (int partition = 0; partition < shape.partitions().size(); partition++) {
            partitions.add(new SourcePartition(new TopicPartition(topic, partition), id));
          }
        });
    answeredOnce = true;
    admin.settings().contact().reached(ClusterContact.Step.ANSWERED);
    Set<String> absent = new TreeSet<>(named.orElse(Set.of()));
    absent.removeAll(shapes.keySet());
    missing = absent;
    unmatched = shapes.isEmpty() && absent.isEmpty();
    return List.copyOf(partitions);
  }

  /** Returns the topics that are selected by name and did not exist at the last lookup. */
  public Set<String> missing() {
    return missing;
  }

  /** Whether the selection matched nothing at the last lookup, and no topic by name is missing. */
  public boolean isUnmatched() {
    return unmatched;
  }

  private Set<String> visible(SelectedTopics selected) {
    try {
      Set<String> names = new TreeSet<>(AdminResults.get(admin.get().listTopics().names()));
      names.removeIf(topic -> !selected.selects(topic));
      return names;
    } catch (RuntimeException e) {
      throw admin.errors().link("list topics", "DESCRIBE on the topics to copy", e);
    }
  }

  /**
   * Ends the start of a link; later it only delays the discovery of the other topics, which the
   * status shows.
   */
  private RuntimeException denied(Map<String, TopicAuthorizationException> denied) {
    String message =
        "missing permission on %s: DESCRIBE and READ on Topic %s"
            .formatted(admin.errors().alias(), String.join(", ", denied.keySet()));
    TopicAuthorizationException first = denied.values().iterator().next();
    return answeredOnce
        ? new RetriableException(message, first)
        : new LinkFailedException(message, first);
  }

  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    Map<TopicPartition, OffsetSpec> timed = new HashMap<>();
    starts.forEach(
        (partition, start) -> {
          asked.put(partition, spec(start));
          if (start instanceof StartPosition.Timestamp) {
            timed.put(partition, OffsetSpec.latest());
          }
        });
    // the ends first: a record that is written between the two queries is at or behind this end
    Map<TopicPartition, Long> ends = offsets.list(timed);
    Map<TopicPartition, Long> found = offsets.list(asked);
    found.replaceAll(
        (partition, offset) -> offset < 0 ? ends.getOrDefault(partition, UNKNOWN) : offset);
    found.values().removeIf(offset -> offset == UNKNOWN);
    starts.forEach(
        (partition, start) -> {
          if (start instanceof StartPosition.Offset exact) {
            found.computeIfPresent(partition, (p, earliest) -> exact.offset());
          }
        });
    return Map.copyOf(found);
  }

  public Map<TopicPartition, SourcePosition> ends(Set<TopicPartition> partitions) {
    Map<TopicPartition, SourcePosition> ends = new HashMap<>();
    offsets
        .ends(partitions)
        .forEach(
            (partition, end) ->
                ends.put(
                    partition,
                    new SourcePosition(
                        end.offset(),
                        end.leaderEpoch() == PartitionOffsets.UNKNOWN_EPOCH
                            ? OptionalInt.empty()
                            : OptionalInt.of(end.leaderEpoch()))));
    return ends;
  }

  private static OffsetSpec spec(StartPosition start) {
    if (start instanceof StartPosition.Latest) {
      return OffsetSpec.latest();
    }
    if (start instanceof StartPosition.Timestamp timestamp) {
      return OffsetSpec.forTimestamp(millis(timestamp.at()));
    }
    // for an exact offset it only shows whether the partition exists
    return OffsetSpec.earliest();
  }

  /** Negative numbers have other meanings for a broker, for example the latest offset. */
  private static long millis(Instant at) {
    if (at.isBefore(Instant.EPOCH)) {
      return 0;
    }
    return at.isAfter(Instant.ofEpochMilli(Long.MAX_VALUE)) ? Long.MAX_VALUE : at.toEpochMilli();
  }

  /**
   * Returns those of these topics that do not exist, and not those that may not be described.
   * Thread-safe.
   */
  public Set<String> absent(Collection<String> topics) {
    Map<String, TopicAuthorizationException> denied = new TreeMap<>();
    Set<String> absent = new TreeSet<>(topics);
    absent.removeAll(directory.shapes(topics, denied).keySet());
    absent.removeAll(denied.keySet());
    return absent;
  }

  /** Returns the log starts of those partitions whose leaders answer. Thread-safe. */
  public Map<TopicPartition, Long> logStarts(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetSpec> starts = new HashMap<>();
    partitions.forEach(partition -> starts.put(partition, OffsetSpec.earliest()));
    return offsets.list(starts);
  }

  /** Returns the offsets of the source's partitions, for the readers. */
  public PartitionOffsets offsets() {
    return offsets;
  }

  public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
    Map<String, TopicDescription> found = new HashMap<>();
    directory.lookup(topics).found().forEach((name, topic) -> found.put(name, topic.description()));
    return found;
  }
}
