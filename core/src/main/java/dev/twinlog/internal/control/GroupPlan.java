package dev.twinlog.internal.control;

import dev.twinlog.GroupState;
import dev.twinlog.LocalCommits;
import dev.twinlog.internal.control.GroupTargets.Target;
import dev.twinlog.internal.progress.GroupLedger;
import dev.twinlog.internal.progress.GroupLedger.Commit;
import dev.twinlog.spi.GroupStore.Failure;
import dev.twinlog.spi.GroupStore.GroupDetails;
import dev.twinlog.spi.GroupStore.GroupOffsets;
import dev.twinlog.spi.GroupStore.GroupPosition;
import dev.twinlog.spi.GroupStore.Refusal;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written of one consumer group, and why the rest is not. The rules, for a group that
 * has no members in the target:
 *
 * <ul>
 *   <li>where the target has no position it is written;
 *   <li>where it has what the link wrote last it is written, also backwards;
 *   <li>where the link has never written, and has not seen that another did, it is written if it
 *       moves the group forward; else the position is kept, and counts as another's from then on;
 *   <li>everything else was written by others, and is kept unless it is to be overwritten.
 * </ul>
 *
 * Immutable.
 *
 * @param group the group's id
 * @param targets where it belongs
 * @param writes what to write, by target partition
 * @param learned what the target has already, or what others have written, by target partition
 * @param held why a position is not written, by target partition
 * @param state the state of the group if all writes succeed
 * @param reason why it is not simply synced; empty if it is
 */
public record GroupPlan(
    String group,
    GroupTargets targets,
    Map<TopicPartition, Write> writes,
    Map<TopicPartition, Commit> learned,
    Map<TopicPartition, String> held,
    GroupState state,
    String reason) {
  private static final int MOST_NAMED = 3;

  /**
   * A position to write.
   *
   * @param before what the target has; null if it has none
   */
  public record Write(@Nullable Long before, GroupPosition position) {}

  /**
   * How a plan treats what the target has.
   *
   * @param refresh whether positions of the link are written again, since the target forgets them
   *     after some time
   */
  public record Rules(LocalCommits localCommits, boolean refresh) {}

  /** A group of which nothing can be read or written. */
  public static GroupPlan refused(String group, GroupTargets targets, Failure failure) {
    return new GroupPlan(
        group, targets, Map.of(), Map.of(), Map.of(), state(failure), failure.message());
  }

  /**
   * Decides about one group.
   *
   * @param ledger what the link has written of it before
   * @param details who uses the group in the target
   * @param offsets the group's positions in the target
   */
  public static GroupPlan of(
      String group,
      GroupTargets targets,
      GroupLedger ledger,
      GroupDetails details,
      GroupOffsets offsets,
      Rules rules) {
    Optional<Failure> failure = details.failure().or(offsets::failure);
    if (failure.isPresent()) {
      return refused(group, targets, failure.get());
    }
    if (details.members() > 0) {
      return active(group, targets, ledger, details, offsets);
    }
    Map<TopicPartition, Write> writes = new HashMap<>();
    Map<TopicPartition, Commit> learned = new HashMap<>();
    Map<TopicPartition, String> held = new HashMap<>();
    Map<TopicPartition, String> local = new HashMap<>();
    targets
        .positions()
        .forEach(
            (partition, target) -> {
              GroupPosition found = offsets.positions().get(partition);
              Commit known = ledger.commit(partition);
              if (found == null) {
                writes.put(partition, write(found, target));
              } else if (rules.localCommits() == LocalCommits.KEEP
                  && !isOurs(known, found.offset(), target)) {
                learned.put(partition, Commit.FOREIGN);
                local.put(partition, local(found.offset(), known, target));
              } else if (rules.refresh() || !has(found, target, known)) {
                writes.put(partition, write(found, target));
              } else {
                learned.put(partition, Commit.written(target.offset(), target.metadata()));
                if (!found.metadata().equals(target.metadata())) {
                  held.put(partition, "its metadata was too long for the target");
                }
              }
            });
    held.putAll(targets.moved());
    held.putAll(local);
    GroupState state = local.isEmpty() ? state(targets, held) : GroupState.LOCAL;
    return new GroupPlan(
        group, targets, writes, learned, held, state, reason(state, targets, held));
  }

  private static boolean isOurs(@Nullable Commit known, long found, Target target) {
    return known == null ? found <= target.offset() : known.isOurs(found);
  }

  /** Whether the target has this position, or all of it that it takes. */
  private static boolean has(GroupPosition found, Target target, @Nullable Commit known) {
    return found.offset() == target.offset()
        && (found.metadata().equals(target.metadata())
            || (known != null && known.is(target.offset(), target.metadata())));
  }

  private static Write write(@Nullable GroupPosition found, Target target) {
    return new Write(
        found == null ? null : found.offset(),
        new GroupPosition(target.offset(), target.metadata()));
  }

  private static String local(long found, @Nullable Commit known, Target target) {
    return known == null
        ? "the target has %d, which others wrote, and %d would move the group back"
            .formatted(found, target.offset())
        : "the target has %d, which others wrote; from the source it would be %d"
            .formatted(found, target.offset());
  }

  /** Nothing is written, and what the members commit is theirs. */
  private static GroupPlan active(
      String group,
      GroupTargets targets,
      GroupLedger ledger,
      GroupDetails details,
      GroupOffsets offsets) {
    Map<TopicPartition, Commit> learned = new HashMap<>();
    offsets
        .positions()
        .forEach(
            (partition, position) -> {
              if (targets.positions().containsKey(partition) && ledger.commit(partition) == null) {
                learned.put(partition, Commit.FOREIGN);
              }
            });
    return new GroupPlan(
        group,
        targets,
        Map.of(),
        learned,
        Map.of(),
        GroupState.ACTIVE,
        details.members() == 1
            ? "it has members in the target"
            : "it has %d members in the target".formatted(details.members()));
  }

  private static GroupState state(GroupTargets targets, Map<TopicPartition, String> held) {
    if (targets.shared()) {
      return GroupState.SHARED_TARGET;
    }
    if (targets.positions().isEmpty()) {
      return GroupState.UNAVAILABLE;
    }
    if (!targets.missing().isEmpty() || !held.isEmpty()) {
      return GroupState.PARTIAL;
    }
    return targets.positions().values().stream().anyMatch(Target::ahead)
        ? GroupState.AHEAD
        : GroupState.SYNCED;
  }

  private static String reason(
      GroupState state, GroupTargets targets, Map<TopicPartition, String> held) {
    return switch (state) {
      case LOCAL -> listed(held);
      case PARTIAL, UNAVAILABLE, SHARED_TARGET -> {
        Map<TopicPartition, String> all = new HashMap<>(targets.missing());
        all.putAll(held);
        yield listed(all);
      }
      case AHEAD -> "it has read more than is copied";
      default -> "";
    };
  }

  /** The first of these reasons in the order of the partitions, and how many more there are. */
  static String listed(Map<TopicPartition, String> reasons) {
    String named =
        reasons.keySet().stream()
            .sorted(GroupTargets.BY_NAME)
            .limit(MOST_NAMED)
            .map(partition -> partition + ": " + reasons.get(partition))
            .collect(Collectors.joining("; "));
    int more = reasons.size() - MOST_NAMED;
    return more > 0 ? "%s; and %d more".formatted(named, more) : named;
  }

  /** The same plan after its writes, if some of them failed. */
  public GroupPlan after(Map<TopicPartition, Failure> failures) {
    if (failures.isEmpty()) {
      return this;
    }
    Map<TopicPartition, String> all = new HashMap<>(held);
    failures.forEach((partition, failure) -> all.put(partition, failure.message()));
    GroupState now = GroupState.PARTIAL;
    for (Failure failure : failures.values()) {
      if (failure.refusal() == Refusal.ACTIVE
          || failure.refusal() == Refusal.OTHER_TYPE
          || failure.refusal() == Refusal.DENIED) {
        return new GroupPlan(
            group, targets, writes, learned, all, state(failure), failure.message());
      }
      if (failure.refusal() != Refusal.METADATA_TOO_LARGE
          && failures.size() == targets.positions().size()) {
        now = GroupState.UNAVAILABLE;
      }
    }
    return new GroupPlan(group, targets, writes, learned, all, now, listed(all));
  }

  private static GroupState state(Failure failure) {
    return switch (failure.refusal()) {
      case ACTIVE -> GroupState.ACTIVE;
      case OTHER_TYPE -> GroupState.OTHER_TYPE;
      case DENIED -> GroupState.DENIED;
      default -> GroupState.UNAVAILABLE;
    };
  }
}
