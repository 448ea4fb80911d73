package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.move.MovableLink;
import dev.twinlog.internal.engine.move.MoveScope;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.ReplicationException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/** The link that runs here, for its switchover. Thread-safe. */
final class RunningMove implements MovableLink {
  private final Link link;
  private final ControlAgent control;

  RunningMove(Link link, ControlAgent control) {
    this.link = link;
    this.control = control;
  }

  @Override
  public Map<TopicPartition, Condition> partitions() {
    Map<TopicPartition, Condition> conditions = new HashMap<>();
    link.allFigures()
        .forEach(
            (partition, figures) ->
                conditions.put(
                    partition, new Condition(figures.state(), String.valueOf(figures.reason()))));
    return conditions;
  }

  @Override
  public <T> CompletionStage<T> ask(Supplier<T> call) {
    CompletableFuture<T> done = new CompletableFuture<>();
    control.whileRunning(done, running -> running.ask(call, false, done));
    return done;
  }

  @Override
  public <T> CompletionStage<T> askSyncs(Supplier<T> call) {
    CompletableFuture<T> done = new CompletableFuture<>();
    control.whileRunning(done, running -> running.ask(call, true, done));
    return done;
  }

  @Override
  public CompletionStage<Void> caughtUp() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    control.whenCaughtUp(done);
    return done;
  }

  @Override
  public boolean hasCopied(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(
            end -> {
              PartitionFigures figures = link.allFigures().get(end.getKey());
              return figures != null && figures.copiedNext() >= end.getValue();
            });
  }

  @Override
  public CompletionStage<Held> hold(MoveScope scope) {
    CompletableFuture<Held> done = new CompletableFuture<>();
    control.whileRunning(done, running -> running.hold(scope, done));
    return done;
  }

  @Override
  public void release(MoveScope scope) {
    if (scope.isWhole()) {
      control.resumeAll();
    } else {
      control.resume(scope::includes);
    }
  }

  @Override
  public CompletionStage<Void> moved(MoveScope scope, String reason) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    control.whileRunning(done, running -> running.moved(scope, reason, done));
    return done;
  }

  @Override
  public CompletionStage<Map<String, GroupView>> syncGroups() {
    CompletableFuture<Map<String, GroupView>> done = new CompletableFuture<>();
    control.whileRunning(done, running -> running.syncGroups(done));
    return done;
  }

  @Override
  public boolean formerOwnersExpired() {
    return link.claims().lease().formerOwnersExpired();
  }

  @Override
  public CompletionStage<Boolean> markMoved(UUID move) {
    return ask(
        () -> {
          control.markMoved(move);
          return true;
        });
  }

  @Override
  public EntryStore entries() {
    return control
        .store()
        .entries()
        .orElseThrow(
            () ->
                new ReplicationException(
                    "link %s can't be moved: its progress store doesn't remember moves, as that of KafkaSink does (EntryStore)"
                        .formatted(link.name())));
  }

  @Override
  public Optional<AclLedgerStore> acls() {
    return control.store().acls();
  }
}
