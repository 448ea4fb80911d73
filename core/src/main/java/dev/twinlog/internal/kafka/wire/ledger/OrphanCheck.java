package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.request.LogWalk;
import dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * Checks whether the end of a log holds batches of certain producer ids: then there was a progress
 * once, which is missing now. It reads only the last offsets, since without a hit it would have to
 * read the whole log.
 */
final class OrphanCheck {
  private static final int READ_BYTES = 1 << 20;
  private static final long SEARCHED_OFFSETS = 1_000;

  private final LedgerParts parts;

  OrphanCheck(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Checks the end of the log.
   *
   * @param end of the log
   * @param then receives whether there is a record of these producers
   */
  void run(
      RecoveryTask task, Uuid topicId, Set<Long> producerIds, long end, Consumer<Boolean> then) {
    parts
        .requests()
        .starts
        .submit(
            task,
            (leader, start) -> {
              long from = Math.max(start, end - SEARCHED_OFFSETS);
              look(new Look(task, topicId, producerIds, false, end, then), from);
            });
  }

  /**
   * Checks whether a producer has written batches or markers from an offset on.
   *
   * @param leaderEpoch of the leader that returned the first offset
   * @param then receives true if it has, and also if that part of the log was deleted or the leader
   *     has changed
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
        .submit(
            task,
            (leader, start) -> {
              if (leader.epoch() != leaderEpoch || start > first) {
                then.accept(true);
              } else {
                Set<Long> wanted = Set.of(producerId);
                parts
                    .requests()
                    .ends
                    .submit(task, (same, end) -> since(task, topicId, wanted, first, end, then));
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
    public void atEnd(Runnable retry) {
      if (read >= end) {
        done();
      } else {
        task.retry("%s can't be read at offset %d yet".formatted(task.target(), read), retry);
      }
    }

    @Override
    public void outOfRange() {
      task.restart("the log of %s no longer has the offset to be read".formatted(task.target()));
    }

    @Override
    public void done() {
      then.accept(found);
    }
  }
}
