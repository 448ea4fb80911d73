package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * Looks whether the end of a log holds anything that was written under certain producer ids: then
 * there was a progress once. It looks back only so far: where there is nothing to be found, the
 * whole log would have to be read.
 */
final class OrphanCheck {
  private static final int READ_BYTES = 1 << 20;
  private static final long STRETCH = 1_000;

  private final LedgerParts parts;

  OrphanCheck(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Looks at the end of the log.
   *
   * @param end of the log
   * @param then is told whether there is a record of theirs
   */
  void run(
      RecoveryTask task, Uuid topicId, Set<Long> producerIds, long end, Consumer<Boolean> then) {
    parts
        .requests()
        .starts
        .ask(
            task,
            (leader, start) -> {
              long from = Math.max(start, end - STRETCH);
              look(new Look(task, topicId, producerIds, false, end, then), from);
            });
  }

  /**
   * Looks whether a producer has written anything from an offset on, markers included.
   *
   * @param leaderEpoch of the leader that told the first offset
   * @param then is told so, also if some of it is not there any more, or another leader has come
   */
  void since(
      RecoveryTask task,
      Uuid topicId,
      long producerId,
      int leaderEpoch,
      long first,
      Consumer<Boolean> then) {
    parts
        .requests()
        .starts
        .ask(
            task,
            (leader, start) -> {
              if (leader.epoch() != leaderEpoch || start > first) {
                then.accept(true);
              } else {
                Set<Long> wanted = Set.of(producerId);
                parts
                    .requests()
                    .ends
                    .ask(task, (same, end) -> since(task, topicId, wanted, first, end, then));
              }
            });
  }

  private void since(
      RecoveryTask task,
      Uuid topicId,
      Set<Long> wanted,
      long first,
      long end,
      Consumer<Boolean> then) {
    if (end < first) {
      then.accept(true);
    } else {
      look(new Look(task, topicId, wanted, true, end, then), first);
    }
  }

  private static void look(Look look, long from) {
    if (from < look.end) {
      look.from(from);
    } else {
      look.done();
    }
  }

  private final class Look implements LogWalk.Visitor {
    private final RecoveryTask task;
    private final Set<Long> producerIds;
    private final boolean markers;
    private final long end;
    private final Consumer<Boolean> then;
    private final LogWalk walk;
    private long read;
    private boolean found;

    Look(
        RecoveryTask task,
        Uuid topicId,
        Set<Long> producerIds,
        boolean markers,
        long end,
        Consumer<Boolean> then) {
      this.markers = markers;
      this.task = task;
      this.producerIds = producerIds;
      this.end = end;
      this.then = then;
      this.walk = new LogWalk(task, parts.requests().reads, topicId, READ_BYTES, this);
    }

    void from(long offset) {
      read = offset;
      walk.from(offset);
    }

    @Override
    public boolean visit(ByteBuffer batches, int at, int size) {
      read = BatchHeader.nextOffset(batches, at);
      found =
          (markers || !BatchHeader.control(batches, at))
              && producerIds.contains(BatchHeader.producerId(batches, at));
      return !found && read < end;
    }

    @Override
    public void atEnd(Runnable again) {
      if (read >= end) {
        done();
      } else {
        task.again("%s can't be read at offset %d yet".formatted(task.target(), read), again);
      }
    }

    @Override
    public void outOfRange() {
      task.beginAgain("the log of %s has moved on".formatted(task.target()));
    }

    @Override
    public void done() {
      then.accept(found);
    }
  }
}
