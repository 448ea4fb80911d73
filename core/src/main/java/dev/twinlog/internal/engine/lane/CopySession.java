package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.recovery.AlreadyWritten;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePosition;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * One attempt to copy a source partition, from its opening to its end. Records that a session has
 * read but not written are read again by the next one, so nothing needs to be undone: data of a
 * closed session is dropped.
 *
 * <p>Shared by the agents of a lane and the control agent; each field names the agent that writes
 * it.
 */
public final class CopySession {
  /** How long a session that was at the end may be behind it and still be near it. */
  private static final long NEAR_END = Duration.ofSeconds(10).toNanos();

  /** Has not been at the end. */
  private static final long SINCE_START = Long.MIN_VALUE;

  /** Is at the end, as it was last reported. */
  private static final long NOT_BEHIND = Long.MAX_VALUE;

  /**
   * The initial values of a session.
   *
   * @param progress the progress that was saved for this opening
   * @param routes the routes of the partition
   * @param targetId the topic id of the target topic, if the sink knows it
   * @param alreadyWritten the records that the target already has
   * @param map the offset maps to append to
   */
  public record Start(
      Progress progress,
      RouteTable routes,
      Optional<Uuid> targetId,
      AlreadyWritten alreadyWritten,
      SourceMap map) {}

  private final PartitionFigures figures;
  private final Progress opened;
  private final RouteTable routes;
  private final Optional<Uuid> targetId;
  private final AlreadyWritten alreadyWritten;
  private final PendingWrites writes;
  private final AtomicLong inFlightBytes = new AtomicLong();
  private volatile boolean closed; // set by the writer or the control agent, once
  private volatile long oldestWriteNanos = Long.MAX_VALUE; // writer
  private volatile long heldBackNanos = Long.MAX_VALUE; // reader
  private long readNext; // reader
  private long behindSince = SINCE_START; // reader
  private boolean readEnded; // reader

  public CopySession(PartitionFigures figures, Start start) {
    this.figures = figures;
    this.opened = start.progress();
    this.routes = start.routes();
    this.targetId = start.targetId();
    this.alreadyWritten = start.alreadyWritten();
    this.readNext = opened.sourceNext();
    this.writes = new PendingWrites(new CheckpointTracker(opened, alreadyWritten, start.map()));
  }

  public TopicPartition source() {
    return figures.source();
  }

  public PartitionFigures figures() {
    return figures;
  }

  public long startsAt() {
    return opened.sourceNext();
  }

  SourcePosition start() {
    return new SourcePosition(opened.sourceNext(), opened.sourceLeaderEpoch());
  }

  /** The source offsets that are not copied. */
  SkippedOffsets skipped() {
    return opened.skipped();
  }

  public RouteTable routes() {
    return routes;
  }

  public String targetTopic() {
    return routes.targetTopic();
  }

  public Optional<Uuid> targetId() {
    return targetId;
  }

  /** Reader. */
  AlreadyWritten alreadyWritten() {
    return alreadyWritten;
  }

  /** Whether the source may have lost records to compaction. */
  public boolean isCompacted() {
    return alreadyWritten.isCompacted();
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

  public boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
  }

  /** When the oldest write in flight was started; {@link Long#MAX_VALUE} if there is none. */
  public long oldestWriteNanos() {
    return oldestWriteNanos;
  }

  public void oldestWriteNanos(long nanos) {
    oldestWriteNanos = nanos;
  }

  /** Since when reading is paused by the engine; {@link Long#MAX_VALUE} if it isn't. */
  public long heldBackNanos() {
    return heldBackNanos;
  }

  public void heldBackNanos(long nanos) {
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

  /** Reader: the source has reported its end. */
  void endReported(long end, long nowNanos) {
    if (readNext >= end) {
      behindSince = NOT_BEHIND;
    } else if (behindSince == NOT_BEHIND) {
      behindSince = nowNanos;
    }
  }

  /** Reader: whether the source has more, as far as is known. */
  boolean mayHaveMore() {
    long end = figures.sourceEnd();
    return end == PartitionFigures.UNKNOWN || readNext < end;
  }

  /** Reader: whether it has been at the source's end, and not been behind that for long since. */
  boolean isNearEnd(long nowNanos) {
    return behindSince == NOT_BEHIND
        || (behindSince != SINCE_START && nowNanos - behindSince <= NEAR_END);
  }

  /** Reader: no more batches are handed to the writer. */
  boolean readEnded() {
    return readEnded;
  }

  /** Reader. */
  void endReading() {
    readEnded = true;
  }
}
