package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What travels as one produce batch: some records of one or more writes of a route. In place of a
 * batch there may be a refusal: when everything before it has landed, the route fails with that.
 */
final class ProduceBatch {
  enum State {
    WAITING,
    IN_FLIGHT,
    LANDED
  }

  private final List<WriteSlice> shares;
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
      List<WriteSlice> shares, @Nullable ByteBuffer bytes, @Nullable ReplicationException refusal) {
    this.shares = shares;
    this.bytes = bytes;
    this.refusal = refusal;
    this.records = WriteSlice.records(shares);
    this.maxTimestamp = bytes == null ? -1 : BatchHeader.maxTimestamp(bytes, bytes.position());
  }

  /**
   * A batch to send.
   *
   * @param batch one whole v2 batch between position and limit that holds these records
   */
  static ProduceBatch of(List<WriteSlice> shares, ByteBuffer bytes) {
    assert BatchHeader.recordCount(bytes, bytes.position()) == WriteSlice.records(shares);
    return new ProduceBatch(shares, bytes, null);
  }

  /** The end of a route: the first of these records can't be written. */
  static ProduceBatch refusal(List<WriteSlice> shares, ReplicationException cause) {
    return new ProduceBatch(shares, null, cause);
  }

  List<WriteSlice> shares() {
    return shares;
  }

  /** The write that its first record belongs to. */
  PendingWrite firstWrite() {
    return shares.get(0).write();
  }

  /** The source offset of its first record. */
  long sourceOffset() {
    return firstWrite().offset(shares.get(0).from());
  }

  ByteBuffer bytes() {
    return Objects.requireNonNull(bytes, "a refusal has no batch");
  }

  @Nullable ReplicationException refusal() {
    return refusal;
  }

  int records() {
    return records;
  }

  int size() {
    return bytes().remaining();
  }

  /** The greatest of its records. */
  long maxTimestamp() {
    return maxTimestamp;
  }

  State state() {
    return state;
  }

  int sequence() {
    return sequence;
  }

  long ordinal() {
    return ordinal;
  }

  long baseOffset() {
    return baseOffset;
  }

  void number(int firstSequence, long number) {
    sequence = firstSequence;
    ordinal = number;
  }

  /** Whom it was sent to last. */
  void sentUnder(int epochOfLeader, long over) {
    leaderEpoch = epochOfLeader;
    connection = over;
  }

  int leaderEpoch() {
    return leaderEpoch;
  }

  long connection() {
    return connection;
  }

  /** When it was sent last, by monotonic time and by wall clock. */
  void sentAt(long nanos, long millis) {
    sentNanos = nanos;
    sentMs = millis;
  }

  long sentNanos() {
    return sentNanos;
  }

  long sentMs() {
    return sentMs;
  }

  void sent() {
    state = State.IN_FLIGHT;
    surelyAbsent = false;
    shares.forEach(share -> share.write().sent());
  }

  /** Its request was answered, or will not be. */
  void returned() {
    state = State.WAITING;
    shares.forEach(share -> share.write().returned());
  }

  void landed(long firstOffset, boolean beforeItsTurn) {
    state = State.LANDED;
    baseOffset = firstOffset;
    overtook = beforeItsTurn;
  }

  /** Whether it was acknowledged before one that was sent earlier. */
  boolean overtook() {
    return overtook;
  }

  /** The broker refused it before it could have written it. */
  void refused() {
    surelyAbsent = !doubtful;
  }

  /** Whether it is certain that the target does not hold it. */
  boolean isSurelyAbsent() {
    return surelyAbsent;
  }

  /** Nobody knows what became of it, or of the one whose place it took. That stays so. */
  void doubted() {
    doubtful = true;
    surelyAbsent = false;
  }

  /** Whether the target may hold it although it was not acknowledged. */
  boolean isDoubtful() {
    return doubtful;
  }

  /** Whether the broker may have appended it, now or some time. */
  boolean mayBeThere() {
    return doubtful || state != State.WAITING;
  }
}
