package dev.twinlog;

import dev.twinlog.internal.status.LinkSnapshot;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/** The status of a link: a snapshot. Immutable. */
public final class ReplicatorStatus {
  private final LinkState state;
  private final DeliveryGuarantee guarantee;
  private final DataPath path;
  private final Map<TopicPartition, PartitionStatus> partitions;
  private final Map<String, GroupStatus> groups;
  private final Optional<VerifyStatus> verification;
  private final LinkSnapshot values;

  ReplicatorStatus(
      LinkState state,
      DeliveryGuarantee guarantee,
      DataPath path,
      Map<TopicPartition, PartitionStatus> partitions,
      Map<String, GroupStatus> groups,
      Optional<VerifyStatus> verification,
      LinkSnapshot values) {
    this.state = state;
    this.guarantee = guarantee;
    this.path = path;
    this.partitions = Collections.unmodifiableMap(partitions);
    this.groups = groups;
    this.verification = verification;
    this.values = values;
  }

  /** The link's name. */
  public String link() {
    return values.link();
  }

  /** The link's state. */
  public LinkState state() {
    return state;
  }

  /** Why the link is in this state, in words. */
  public String reason() {
    return values.reason();
  }

  /** The health of the link, for a health endpoint or an alert. Computed at every call. */
  public LinkHealth health() {
    return LinkHealth.of(
        new LinkHealth.Facts(
            state,
            values.reason(),
            values.since(),
            partitions,
            values.missingTopics(),
            values.unsavedSince()),
        values.now());
  }

  /** What the link guarantees. */
  public DeliveryGuarantee deliveryGuarantee() {
    return guarantee;
  }

  /** The path that data takes; never {@code AUTO}. */
  public DataPath dataPath() {
    return path;
  }

  /** Why the link uses the record path although it was not configured; empty if it doesn't. */
  public Optional<String> dataPathReason() {
    return values.dataPathReason();
  }

  /** Every partition of the link by its source; in the order of topic and number. */
  public Map<TopicPartition, PartitionStatus> partitions() {
    return partitions;
  }

  /**
   * The consumer groups of the source that have positions in the link's topics, by id, as of their
   * last comparison with the target; see {@link GroupSync}. Unmodifiable.
   */
  public Map<String, GroupStatus> groups() {
    return groups;
  }

  /**
   * Whether consumer groups are kept in step: {@code on}, or {@code off} and, where it is not by
   * {@link GroupSync#off}, why. Empty before the link has connected for the first time.
   */
  public String groupSync() {
    return values.groupSync();
  }

  /**
   * When {@link #groups()} were last read from both clusters: what they show is as of then. Older
   * than a few intervals while one of the clusters is away, or the comparison fails; empty before
   * the first one.
   */
  public Optional<Instant> groupsAsOf() {
    return values.groupsAsOf();
  }

  /**
   * What the continuous verification has found; empty if the link is not verified so, see {@link
   * Replicator.Builder#verifying}. Its failures are those of the duty {@code verification}.
   */
  public Optional<VerifyStatus> verification() {
    return verification;
  }

  /** The sum of the partitions' lags in records; -1 while the lag of any of them is not known. */
  public long lagRecords() {
    return isLagKnown() ? knownLag() : -1;
  }

  /** Whether the lags of all partitions are known. */
  public boolean isLagKnown() {
    return partitions.values().stream().allMatch(PartitionStatus::isLagKnown);
  }

  private long knownLag() {
    return partitions.values().stream()
        .filter(PartitionStatus::isLagKnown)
        .mapToLong(PartitionStatus::lagRecords)
        .sum();
  }

  private String lagText() {
    long unknown = partitions.values().stream().filter(each -> !each.isLagKnown()).count();
    return unknown == 0
        ? "lag " + knownLag() + " records"
        : "lag at least %d records (%d partitions unknown)".formatted(knownLag(), unknown);
  }

  /** The greatest of the partitions' lags in time. */
  public Duration lag() {
    return partitions.values().stream()
        .map(PartitionStatus::lag)
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  /**
   * How long the link needs until it is caught up, in whole seconds, as {@link #lagRecords} has
   * changed in the last minute: zero if it is caught up; empty while a lag is not known, their sum
   * does not get less, or the link is not connected to both clusters.
   */
  public Optional<Duration> timeToCatchUp() {
    return values.timeToCatchUp();
  }

  /**
   * The memory that the offset maps of this instance take, in bytes; about a second old. Beyond 64
   * MiB their oldest entries become coarse: then positions before them are translated to {@code
   * Translation.AtLeast}.
   */
  public long offsetMapBytes() {
    return values.offsetMapBytes();
  }

  /** The sum of the partitions' batches, by how they were handled. Unmodifiable. */
  public Map<BatchHandling, Long> handling() {
    Map<BatchHandling, Long> sum = new EnumMap<>(BatchHandling.class);
    for (PartitionStatus partition : partitions.values()) {
      partition.handling().forEach((handling, batches) -> sum.merge(handling, batches, Long::sum));
    }
    return Collections.unmodifiableMap(sum);
  }

  /**
   * Notes by the name of the target topic: a config that was not copied, for instance, or that its
   * source topic was selected by name and does not exist. If no topic matches the selection, the
   * note has the selection's text as its name; the note that not all consumer groups may be seen is
   * named {@code consumer groups}.
   */
  public Map<String, List<String>> notes() {
    return values.notes();
  }

  /**
   * Since when progress can't be saved, if that is so for more than ten seconds. From 20 seconds
   * on, when the lease on the link has ended, no partition is opened, and open ones are written
   * only as long as an acknowledgement or a marker proves every 20 seconds that this instance still
   * owns them.
   */
  public Optional<Instant> progressUnsavedSince() {
    return values.unsavedSince();
  }

  /**
   * How the link's periodic tasks are doing, such as the discovery of topics; empty before the link
   * has connected for the first time.
   */
  public List<DutyStatus> duties() {
    return values.duties().stream().map(DutyStatus::new).toList();
  }

  /**
   * The link's move: the one that has ended it, the one that is under way, or the last one that was
   * taken back while this instance ran; empty if there is none.
   */
  public Optional<MoveStatus> move() {
    return values.move().map(MoveStatus::new);
  }

  /** The throttle, and whether it holds partitions back. */
  public ThrottleStatus throttle() {
    return new ThrottleStatus(values.throttle());
  }

  /**
   * The source topics that {@link Replicator#pauseTopics} has paused, in the order of their names,
   * whether they have partitions in the link now or not. Unmodifiable.
   */
  public Set<String> pausedTopics() {
    return values.pausedTopics();
  }

  /**
   * The topics that {@link Replicator#topics} has selected, in words; empty while the selection is
   * that with which the source was built.
   */
  public Optional<String> selectedTopics() {
    return values.selectedTopics();
  }

  /** The last error that concerned the link as a whole; stays after the link has recovered. */
  public Optional<ReplicationException> lastError() {
    return values.lastError();
  }

  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(256)
            .append("link ")
            .append(link())
            .append(": ")
            .append(state)
            .append(" (")
            .append(reason())
            .append("), ")
            .append(guarantee)
            .append(", ")
            .append(partitions.size())
            .append(" partitions, ")
            .append(lagText())
            .append(", ")
            .append(lag().toMillis())
            .append(" ms");
    timeToCatchUp()
        .filter(left -> !left.isZero())
        .ifPresent(left -> text.append(", caught up in ").append(left.toSeconds()).append(" s"));
    dataPathReason().ifPresent(why -> text.append(", on the record path: ").append(why));
    progressUnsavedSince()
        .ifPresent(at -> text.append(", progress is not saved since ").append(at));
    if (values.throttle().bytesPerSecond().isPresent()) {
      text.append(", ").append(throttle());
    }
    selectedTopics()
        .ifPresent(topics -> text.append(", until its next start topics ").append(topics));
    if (!pausedTopics().isEmpty()) {
      text.append(", paused topics: ").append(String.join(", ", pausedTopics()));
    }
    move().ifPresent(move -> text.append(", ").append(move));
    lastError().ifPresent(e -> text.append(", last error: ").append(e.getMessage()));
    Map<BatchHandling, Long> handlings = handling();
    if (!handlings.isEmpty()) {
      text.append("\n  handling: ").append(text(handlings));
    }
    if (!groups.isEmpty()) {
      text.append("\n  groups: ").append(groupText());
      groupsAsOf().ifPresent(at -> text.append(", as of ").append(at));
    }
    verification.ifPresent(found -> text.append("\n  verification: ").append(found));
    partitions.forEach((tp, status) -> text.append("\n  ").append(tp).append(": ").append(status));
    return text.toString();
  }

  private String groupText() {
    Map<GroupState, Integer> counts = new EnumMap<>(GroupState.class);
    groups.values().forEach(group -> counts.merge(group.state(), 1, Integer::sum));
    return counts.entrySet().stream()
        .map(count -> String.format(Locale.ROOT, "%s %,d", count.getKey(), count.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String text(Map<BatchHandling, Long> handlings) {
    return handlings.entrySet().stream()
        .map(taken -> String.format(Locale.ROOT, "%s %,d", taken.getKey(), taken.getValue()))
        .collect(Collectors.joining(", "));
  }
}
