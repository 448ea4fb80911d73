package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.agent.Backoff;
import dev.twinlog.internal.engine.duty.Calls;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.SourceReader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Opens the readers and writers of all lanes, and replaces those that fail. Confined to the control
 * thread; replacements are opened by {@link Calls}.
 */
public final class LaneFactory {
  private final Link link;
  private final LinkFailure failure;
  private final Calls calls;
  private final LaneRepairs readers;
  private final LaneRepairs writers;

  /** Those of which a reader or a writer is being opened, once for each. */
  private final List<Lane> replacing = new ArrayList<>();

  public LaneFactory(Link link, LinkFailure failure, Backoff backoff, Calls calls) {
    this.link = link;
    this.failure = failure;
    this.calls = calls;
    this.readers = new LaneRepairs(backoff);
    this.writers = new LaneRepairs(backoff);
  }

  /**
   * Opens the readers and writers of lanes, or none, by a call that may block.
   *
   * @param then runs when they are open
   * @param otherwise takes why they could not be opened
   */
  public void open(List<Lane> lanes, Runnable then, Consumer<ReplicationException> otherwise) {
    calls.call(
        () -> {
          open(lanes);
          return lanes;
        },
        opened -> then.run(),
        cause -> otherwise.accept(LinkFailure.asReplicationException(cause)));
  }

  /** Whether a reader or a writer of the lane is being opened again. */
  public boolean isReplacing(Lane lane) {
    return replacing.contains(lane);
  }

  /** A lane has ended: what it has lost is not replaced. */
  public void forget(Lane lane) {
    readers.forget(lane);
    writers.forget(lane);
  }

  /** Opens the readers and writers of lanes, or none. May block. */
  public void open(List<Lane> lanes) {
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      List<Runnable> attach = new ArrayList<>();
      for (Lane lane : lanes) {
        SourceReader reader = openReader(lane);
        opened.add(reader);
        SinkWriter writer = openWriter(lane);
        opened.add(writer);
        attach.add(() -> lane.reader().attach(reader));
        attach.add(() -> lane.writer().attach(writer));
      }
      attach.forEach(Runnable::run);
    } catch (RuntimeException e) {
      opened.forEach(part -> closeAfter(part, e));
      throw e;
    }
  }

  private static void closeAfter(AutoCloseable part, RuntimeException cause) {
    try {
      part.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      cause.addSuppressed(e);
    }
  }

  private SourceReader openReader(Lane lane) {
    return link.settings()
        .source()
        .openReader(link.readerContext(lane.number(), lane.maxInFlightBytes()));
  }

  private SinkWriter openWriter(Lane lane) {
    return link.settings().sink().openWriter(link.context(lane.number(), lane.maxInFlightBytes()));
  }

  /** The lane's reader failed; returns the cause with which its sessions end. */
  public RetriableException readerLost(Lane lane, RuntimeException cause) {
    RetriableException lost =
        new RetriableException("the source's reader failed and is reopened: " + cause, cause);
    readers.lost(lane, link.time().nanoTime());
    note(cause, lost);
    return lost;
  }

  /** The lane's writer failed; the writer agent has ended its sessions. */
  public void writerLost(Lane lane, RuntimeException cause) {
    writers.lost(lane, link.time().nanoTime());
    note(
        cause, new RetriableException("the sink's writer failed and is reopened: " + cause, cause));
  }

  private void note(RuntimeException cause, RetriableException lost) {
    failure.error(cause instanceof LinkFailedException ? cause : lost);
  }

  /** Opens the readers and writers that are due. */
  public void repair(long now) {
    for (Lane lane : readers.takeDue(now)) {
      repair(readers, lane, () -> lane.reader().attach(openReader(lane)));
    }
    for (Lane lane : writers.takeDue(now)) {
      repair(writers, lane, () -> lane.writer().attach(openWriter(lane)));
    }
  }

  private void repair(LaneRepairs repairs, Lane lane, Runnable open) {
    replacing.add(lane);
    calls.call(
        () -> {
          open.run();
          return lane;
        },
        opened -> replacing.remove(lane),
        cause -> {
          replacing.remove(lane);
          failure.error(cause);
          repairs.failed(lane, link.time().nanoTime());
        });
  }
}
