package dev.twinlog.internal.engine;

import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SourcePosition;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * One run of a source partition from an opening to its end. What a session has read but not written
 * when it ends is read again by the next one, so nothing needs to be undone: whoever meets
 * something of a closed session drops it.
 *
 * <p>Shared by the agents of a lane and the control agent; each field says whose it is.
 */
final class CopySession {
  /**
   * What a session begins with.
   *
   * @param progress the progress that was saved for this opening
   * @param routes where records go
   * @param targetId the id of the target topic, where the sink knows such a thing
   * @param held what of it the target holds already
   * @param map where to take down what landed where
   */
  record Start(
      Progress progress,
      RouteTable routes,
      Optional<Uuid> targetId,
      AlreadyWritten held,
      SourceMap map) {}

  private final PartitionFigures figures;
  private final Progress opened;
  private final RouteTable routes;
  private final Optional<Uuid> targetId;
  private final AlreadyWritten held;
  private final PendingWrites writes;
  private final AtomicLong inFlightBytes = new AtomicLong();
  private volatile boolean closed; // set by the writer or the control agent, once
  private volatile long oldestWriteNanos = Long.MAX_VALUE; // writer
  private volatile long heldBackNanos = Long.MAX_VALUE; // reader
  private long readNext; // reader
  private boolean readEnded; // reader

  CopySession(PartitionFigures figures, Start start) {
    this.figures = figures;
    this.opened = start.progress();
    this.routes = start.routes();
    this.targetId = start.targetId();
    this.held = start.held();
    this.readNext = opened.sourceNext();
    this.writes = new PendingWrites(new CheckpointTracker(opened, held, start.map()));
  }

  TopicPartition source() {
    return figures.source();
  }

  PartitionFigures figures() {
    return figures;
  }

  long startsAt() {
    return opened.sourceNext();
  }

  SourcePosition start() {
    return new SourcePosition(opened.sourceNext(), opened.sourceLeaderEpoch());
  }

  RouteTable routes() {
    return routes;
  }

  String targetTopic() {
    return routes.targetTopic();
  }

  Optional<Uuid> targetId() {
    return targetId;
  }

  /** Reader. */
  AlreadyWritten held() {
    return held;
  }

  /** Writer. */
  PendingWrites writes() {
    return writes;
  }

  long inFlightBytes() {
    return inFlightBytes.get();
  }

  void addInFlight(long bytes) {
    inFlightBytes.addAndGet(bytes);
  }

  boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
  }

  /** When the oldest write without an answer was made; {@link Long#MAX_VALUE} if there is none. */
  long oldestWriteNanos() {
    return oldestWriteNanos;
  }

  void oldestWriteNanos(long nanos) {
    oldestWriteNanos = nanos;
  }

  /** Since when nothing is read, for what is in flight; {@link Long#MAX_VALUE} if it is. */
  long heldBackNanos() {
    return heldBackNanos;
  }

  void heldBackNanos(long nanos) {
    heldBackNanos = nanos;
  }

  /** Reader. */
  long readNext() {
    return readNext;
  }

  /** Reader. */
  void readNext(long next) {
    readNext = next;
  }

  /** Reader: nothing more will be handed over. */
  boolean readEnded() {
    return readEnded;
  }

  /** Reader. */
  void endReading() {
    readEnded = true;
  }
}
