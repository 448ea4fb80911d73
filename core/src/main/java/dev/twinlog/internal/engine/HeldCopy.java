package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.duty.Duties;
import dev.twinlog.internal.engine.duty.Duty;
import dev.twinlog.internal.engine.move.MovableLink.Held;
import dev.twinlog.internal.engine.move.MoveScope;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.partition.UserEvent.PauseRequested;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkEvent;
import dev.twinlog.internal.progress.ProgressKeeper;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Ends copying for a switchover, without ending the link, and then writes the positions of groups.
 * Confined to the control thread.
 */
final class HeldCopy {
  private static final String HELD = "all is copied, and the link is being moved";

  private final Link link;
  private final Partitions partitions;
  private final ProgressKeeper keeper;
  private final Duties syncs;
  private final Supplier<Optional<Duty>> groups;
  private Optional<Asked> asked = Optional.empty();

  /** Somebody waits until the copy of these topics has ended. */
  private record Asked(MoveScope scope, CompletableFuture<Held> done) {}

  /**
   * Creates it.
   *
   * @param groups the duty that keeps groups in step, if there is one now
   */
  HeldCopy(
      Link link,
      Partitions partitions,
      ProgressKeeper keeper,
      Duties syncs,
      Supplier<Optional<Duty>> groups) {
    this.link = link;
    this.partitions = partitions;
    this.keeper = keeper;
    this.syncs = syncs;
    this.groups = groups;
  }

  /** Pauses those in scope; completes when what they have copied is saved. */
  void hold(MoveScope scope, CompletableFuture<Held> done) {
    partitions.applyTo(scope::includes, new PauseRequested("paused"));
    if (scope.isWhole()) {
      link.state().apply(new LinkEvent.Paused(), HELD);
    }
    asked = Optional.of(new Asked(scope, done));
  }

  /** Some topics are moved: their partitions leave the link. */
  void moved(MoveScope scope, String reason) {
    Map<String, String> moved = new HashMap<>(link.movedTopics());
    for (TopicPartition each : link.allFigures().keySet()) {
      if (scope.includes(each)) {
        moved.put(each.topic(), reason);
      }
    }
    link.movedTopics(moved);
    partitions.moved(scope::includes, reason);
  }

  /** Saves when all have ended. */
  void step() {
    if (asked.isEmpty() || !partitions.isDrained(asked.get().scope()::includes)) {
      return;
    }
    MoveScope scope = asked.get().scope();
    CompletableFuture<Held> done = asked.get().done();
    asked = Optional.empty();
    List<Progress> last = partitions.lastProgress(scope::includes);
    var unused =
        keeper
            .save(last)
            .whenComplete(
                (saved, error) -> {
                  if (error == null) {
                    done.complete(new Held(last, scope.isWhole() ? left() : List.of()));
                  } else {
                    done.completeExceptionally(error);
                  }
                });
  }

  /** The progress of partitions that are not part of the link, of topics not selected any more. */
  private List<Progress> left() {
    return link.claims().all().stream()
        .flatMap(claim -> claim.former().stream())
        .filter(one -> partitions.find(one.source().partition()) == null)
        .filter(one -> !link.movedTopics().containsKey(one.source().partition().topic()))
        .toList();
  }

  /**
   * Runs the sync of consumer groups; completes with all of them.
   *
   * @param unreachable why one of the clusters can't be asked now
   */
  void syncGroups(
      CompletableFuture<Map<String, GroupView>> done,
      Supplier<Optional<ReplicationException>> unreachable) {
    Optional<Duty> present = groups.get();
    if (present.isEmpty()) {
      done.complete(Map.of());
      return;
    }
    Duty duty = present.get();
    syncs.runNow(
        duty,
        () -> {
          Optional<ReplicationException> failure = unreachable.get().or(() -> syncs.failure(duty));
          if (failure.isPresent()) {
            done.completeExceptionally(failure.get());
          } else {
            done.complete(link.groups());
          }
        });
  }
}
