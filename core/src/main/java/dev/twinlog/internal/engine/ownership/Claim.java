package dev.twinlog.internal.engine.ownership;

import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.progress.Shards;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SourcePartition;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Some shards of a link that this instance owns until it gives them back or loses them: with the
 * lease on them, and with the progress and the offset maps that were stored when they were claimed.
 *
 * <p>Confined to the control thread, except what a method says any thread may do.
 */
public final class Claim {

  /**
   * What the store had of the shards when they were claimed.
   *
   * @param progress the progress of their partitions
   * @param maps the offset maps of their partitions
   * @param fresh whether no instance has owned them before, so that the link begins with them
   */
  public record Loaded(Map<SourcePartition, Progress> progress, OffsetMaps maps, boolean fresh) {}

  private final Shards shards;
  private final Set<Integer> numbers;
  private final OwnerLease lease;
  private final OffsetMaps maps;
  private final boolean fresh;
  private final Map<SourcePartition, Progress> progress;

  /** The progress by partition, for topics that were recreated while they were not copied. */
  private final Map<TopicPartition, Progress> former = new HashMap<>();

  private boolean discovered;
  private boolean revoked;

  /**
   * Claims these shards.
   *
   * @param shards all shards of the link
   * @param numbers those that are claimed
   */
  public Claim(Shards shards, Set<Integer> numbers, OwnerLease lease, Loaded loaded) {
    this.shards = shards;
    this.numbers = Set.copyOf(numbers);
    this.lease = lease;
    this.maps = loaded.maps();
    this.fresh = loaded.fresh();
    this.progress = new HashMap<>(loaded.progress());
    progress.forEach((source, saved) -> former.put(source.partition(), saved));
  }

  /** All shards of the link. Any thread. */
  Shards shards() {
    return shards;
  }

  /** The shards that are claimed. Any thread. */
  public Set<Integer> numbers() {
    return numbers;
  }

  /** Whether the partition is in one of the claimed shards. Any thread. */
  public boolean covers(TopicPartition source) {
    return numbers.contains(shards.of(source));
  }

  /** The lease on these shards. Any thread. */
  public OwnerLease lease() {
    return lease;
  }

  /** The offset maps of its partitions. */
  public OffsetMaps maps() {
    return maps;
  }

  // Progress of partitions that are not open.

  /** The progress of a partition with this topic id. */
  public Optional<Progress> progress(SourcePartition source) {
    return Optional.ofNullable(progress.get(source));
  }

  /** The last progress of a partition, whatever the id of its topic was. */
  public Optional<Progress> former(TopicPartition source) {
    return Optional.ofNullable(former.get(source));
  }

  /** The last progress of all its partitions, also of those that are not part of the link now. */
  public Collection<Progress> former() {
    return List.copyOf(former.values());
  }

  /** Keeps the progress of a partition that leaves the link, and may join it again. */
  public void keep(Progress last) {
    progress.put(last.source(), last);
    former.put(last.source().partition(), last);
  }

  // Its life.

  /** Whether the link begins with these shards, and their partitions were not discovered yet. */
  public boolean isFresh() {
    return fresh && !discovered;
  }

  /** Its partitions were discovered. */
  public void discovered() {
    discovered = true;
  }

  /** It is being given back: its partitions are not opened any more. */
  public void revoke() {
    revoked = true;
  }

  /** Whether it is being given back. */
  public boolean isRevoked() {
    return revoked;
  }

  /** Whether it is given back or lost. Any thread. */
  public boolean isEnded() {
    return lease.isEnded();
  }

  @Override
  public String toString() {
    return "claim of shards %s of %d".formatted(numbers, shards.count());
  }
}
