package dev.twinlog.internal.kafka.wire.write.batch;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A produce batch: some records of one or more writes of a route. In place of a batch there may be
 * a refusal: when everything before it was appended, the route fails with it.
 */
public final class ProduceBatch {
  public enum State {
    WAITING,
    IN_FLIGHT,
    APPENDED
  }

  private final List<WriteSlice> slices;
  private final @Nullable ByteBuffer bytes;
  private final @Nullable ReplicationException refusal;
  private final int records;
  private final long maxTimestamp;

  private State state = State.WAITING;
  private int sequence;
  private long ordinal;
  private long baseOffset = -1;
  private boolean overtook;
  private boolean surelyAbsent;
  private boolean doubtful;
  private int leaderEpoch;
  private long connection;
  private long sentNanos;
  private long sentMs;

  private ProduceBatch(
      List<WriteSlice> slices, @Nullable ByteBuffer bytes, @Nullable ReplicationException refusal) {
    this.slices = slices;
    this.bytes = bytes;
    this.refusal = refusal;
    this.records = WriteSlice.records(slices);
    this.maxTimestamp = bytes == null ? -1 : BatchHeader.maxTimestamp(bytes, bytes.position());
  }

  /**
   * Returns a batch to send.
   *
   * @param bytes one whole v2 batch between position and limit that holds these records
   */
  static ProduceBatch of(List<WriteSlice> slices, ByteBuffer bytes) {
    assert BatchHeader.recordCount(bytes, bytes.position()) == WriteSlice.records(slices);
    return new ProduceBatch(slices, bytes, null);
  }

  /** Returns the end of a route: the first of these records can't be written. */
  public static ProduceBatch refusal(List<WriteSlice> slices, ReplicationException cause) {
    return new ProduceBatch(slices, null, cause);
  }

  public List<WriteSlice> slices() {
    return slices;
  }

  /** Returns the write that its first record belongs to. */
  public PendingWrite firstWrite() {
    return slices.get(0).write();
  }

  /** Returns the source offset of its first record. */
  public long sourceOffset() {
    return firstWrite().offset(slices.get(0).from());
  }

  public ByteBuffer bytes() {
    return Objects.requireNonNull(bytes, "a refusal has no batch");
  }

  public @Nullable ReplicationException refusal() {
    return refusal;
  }

  public int records() {
    return records;
  }

  public int size() {
    return bytes().remaining();
  }

  /** Returns the greatest timestamp of its records. */
  public long maxTimestamp() {
    return maxTimestamp;
  }

  public State state() {
    return state;
  }

  public int sequence() {
    return sequence;
  }

  public long ordinal() {
    return ordinal;
  }

  public long baseOffset() {
    return baseOffset;
  }

  void number(int firstSequence, long number) {
    sequence = firstSequence;
    ordinal = number;
  }

  /** Notes the leader epoch and the connection under which it was sent last. */
  public void sentUnder(int epochOfLeader, long over) {
    leaderEpoch = epochOfLeader;
    connection = over;
  }

  public int leaderEpoch() {
    return leaderEpoch;
  }

  public long connection() {
    return connection;
  }

  /** Notes when it was sent last, by monotonic time and by wall clock. */
  public void sentAt(long nanos, long millis) {
    sentNanos = nanos;
    sentMs = millis;
  }

  public long sentNanos() {
    return sentNanos;
  }

  public long sentMs() {
    return sentMs;
  }

  public void sent() {
    state = State.IN_FLIGHT;
    surelyAbsent = false;
    slices.forEach(slice -> slice.write().sent());
  }

  /** Notes that its request was answered or lost. */
  public void returned() {
    state = State.WAITING;
    slices.forEach(slice -> slice.write().returned());
  }

  public void appended(long firstOffset, boolean beforeItsTurn) {
    state = State.APPENDED;
    baseOffset = firstOffset;
    overtook = beforeItsTurn;
  }

  /** Whether it was acknowledged before one that was sent earlier. */
  public boolean overtook() {
    return overtook;
  }

  /** Notes that the broker refused it before it could have appended it. */
  public void refused() {
    surelyAbsent = !doubtful;
  }

  /** Whether the target certainly does not have it. */
  boolean isSurelyAbsent() {
    return surelyAbsent;
  }

  /**
   * Notes that the outcome of it, or of the batch that it replaces, is unknown, which is permanent.
   */
  public void doubted() {
    doubtful = true;
    surelyAbsent = false;
  }

  /** Whether the target may have it although it was not acknowledged. */
  boolean isDoubtful() {
    return doubtful;
  }

  /** Whether the broker may have appended it, or may still append it. */
  boolean mayBeAppended() {
    return doubtful || state != State.WAITING;
  }
}
