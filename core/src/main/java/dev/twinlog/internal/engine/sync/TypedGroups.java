package dev.twinlog.internal.engine.sync;

import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.ShareGroupStore;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * Consumer groups and share groups of one side as if they were of one type. Ids are of one name
 * space; which of them are share groups is what the source lists. Confined to the thread of syncs.
 */
final class TypedGroups implements GroupStore {
  private final ShareGroupStore groups;

  /** The ids of share groups; the same object on both sides. */
  private final Set<String> shared;

  private TypedGroups(ShareGroupStore groups, Set<String> shared) {
    this.groups = groups;
    this.shared = shared;
  }

  /** A target alone, in which these are known to be share groups. */
  static GroupStore of(GroupStore target, Set<String> shared) {
    return new TypedGroups(
        target instanceof ShareGroupStore groups ? groups : new NoShareGroups(target), shared);
  }

  /**
   * A source and a target.
   *
   * @param shared the ids of share groups, which both use
   */
  record Sides(GroupStore source, GroupStore target, Set<String> shared) {
    /** With share groups where both sides have them. */
    static Sides of(GroupStore source, GroupStore target, boolean share) {
      if (share
          && source instanceof ShareGroupStore from
          && target instanceof ShareGroupStore into) {
        Set<String> shared = new HashSet<>();
        return new Sides(new TypedGroups(from, shared), new TypedGroups(into, shared), shared);
      }
      return new Sides(source, target, new HashSet<>());
    }
  }

  @Override
  public Listing listGroups() {
    Listing listed = groups.listGroups();
    shared.removeAll(listed.groups());
    shared.addAll(listed.shareGroups());
    Set<String> all = new HashSet<>(listed.groups());
    all.addAll(listed.shareGroups());
    return new Listing(all, listed.shareGroups(), listed.limitedBy());
  }

  @Override
  public Map<String, GroupOffsets> groupOffsets(Collection<String> ids) {
    return byType(ids, groups::groupOffsets, groups::shareGroupOffsets);
  }

  @Override
  public Map<String, GroupDetails> describeGroups(Collection<String> ids) {
    return byType(ids, groups::describeGroups, groups::describeShareGroups);
  }

  @Override
  public Map<String, Map<TopicPartition, Optional<Failure>>> writeGroups(
      Map<String, Map<TopicPartition, GroupPosition>> positions) {
    return byType(
        positions.keySet(),
        ids -> groups.writeGroups(only(positions, ids)),
        ids -> groups.writeShareGroups(only(positions, ids)));
  }

  @Override
  public Map<String, Optional<Failure>> deleteGroups(Collection<String> ids) {
    return byType(ids, groups::deleteGroups, groups::deleteShareGroups);
  }

  @Override
  public Map<TopicPartition, Long> earliestOffsets(Collection<TopicPartition> partitions) {
    return groups.earliestOffsets(partitions);
  }

  @Override
  public Set<String> topicNames() {
    return groups.topicNames();
  }

  @Override
  public Optional<Duration> groupRetention() {
    return groups.groupRetention();
  }

  private <T> Map<String, T> byType(
      Collection<String> ids,
      Function<Collection<String>, Map<String, T>> consumers,
      Function<Collection<String>, Map<String, T>> shares) {
    Set<String> others = new HashSet<>(ids);
    others.removeAll(shared);
    Set<String> share = new HashSet<>(ids);
    share.retainAll(shared);
    Map<String, T> all = new HashMap<>();
    if (!others.isEmpty()) {
      all.putAll(consumers.apply(others));
    }
    if (!share.isEmpty()) {
      all.putAll(shares.apply(share));
    }
    return all;
  }

  private static <V> Map<String, V> only(Map<String, V> values, Collection<String> ids) {
    Map<String, V> some = new HashMap<>(values);
    some.keySet().retainAll(ids);
    return some;
  }
}
