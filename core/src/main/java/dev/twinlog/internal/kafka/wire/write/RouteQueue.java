package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.message.ProduceAnswer;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * One route between two calls of {@code open}: what waits, what is under way, and the rules of
 * sending.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>parcels lie in the order of their sequences, and land in it; only the first ones are under
 *       way, all of them on one connection;
 *   <li>the first parcel of a session travels alone: the broker may not know the session yet, and
 *       would take a second parcel although it refused the first;
 *   <li>when a parcel has failed, everything that is under way is answered or lost before anything
 *       is sent again; then it goes again from the first one that has not landed, as it was, one at
 *       a time, until what was there when it failed has landed;
 *   <li>nothing behind a refusal is ever sent;
 *   <li>once {@link #failure} is set nothing more is sent, and the writes fail when nothing is
 *       under way any more: no request reads from the buffer of a write that has completed.
 * </ul>
 *
 * <p>All of this leans on what the broker remembers of a producer. It forgets one whose last
 * batch's greatest timestamp is older than {@code producer.id.expiration.ms} (a day by default),
 * and goes by the records' own timestamps. So while older records are copied, a parcel whose answer
 * got lost may be appended twice.
 */
final class RouteQueue {
  private final Route route;
  private final WriterParts parts;
  private final Placement placement;
  private final Pause pause;
  private final Deque<PendingWrite> writes = new ArrayDeque<>();
  private final Deque<PendingWrite> waiting = new ArrayDeque<>();
  private final Parcels parcels = new Parcels();

  private int inFlight;
  private @Nullable Broker broker;
  private long oneByOneUntil;
  private boolean proven;
  private boolean queued;

  private @Nullable ReplicationException failure;
  private @Nullable PendingWrite failed;

  RouteQueue(Route route, WriterParts parts) {
    this.route = route;
    this.parts = parts;
    this.placement = new Placement(route, parts);
    this.pause = new Pause(parts.cluster(), parts.settings());
  }

  Route route() {
    return route;
  }

  Placement placement() {
    return placement;
  }

  void add(PendingWrite write) {
    writes.add(write);
    waiting.add(write);
  }

  @Nullable ReplicationException failure() {
    return failure;
  }

  /** The broker that has something of this route under way. */
  @Nullable Broker broker() {
    return broker;
  }

  boolean isUnderWay() {
    return inFlight > 0;
  }

  /** Whether it stands in a queue already. */
  boolean isQueued() {
    return queued;
  }

  void queued(boolean stands) {
    queued = stands;
  }

  // ---- sending ----

  /** Whether there is something that could be sent now, if the leader is known. */
  boolean maySend(long now) {
    if (failure != null || places() <= 0 || !hasUnsent()) {
      return false;
    }
    return !pause.isStanding() || (inFlight == 0 && pause.mayEnd(now));
  }

  /** Whether it stands still until a time has come, or something is known. */
  boolean isHeldUp() {
    return failure == null && inFlight == 0 && hasUnsent();
  }

  private boolean hasUnsent() {
    return (!waiting.isEmpty() && !parcels.refuses()) || parcels.firstUnsent() != null;
  }

  private int places() {
    Parcel head = parcels.head();
    boolean oneByOne = !proven || (head != null && head.ordinal() <= oneByOneUntil);
    return (oneByOne ? 1 : parts.settings().maxInFlight()) - inFlight;
  }

  /** The leader to send to, if there is one and nothing is under way to another one. */
  Optional<Leader> place(long now) {
    try {
      Optional<Leader> leader = placement.find(now);
      Broker current = broker;
      return leader.isEmpty() || current == null || current.equals(leader.get().broker())
          ? leader
          : Optional.empty();
    } catch (ReplicationException e) {
      fail(writes.peek(), e);
      return Optional.empty();
    }
  }

  /** The parcel to send next; stays so until it is {@link #sent}. Only if it {@link #maySend}. */
  @Nullable Parcel next(long roundTripNanos) {
    pause.end();
    Parcel next = parcels.firstUnsent();
    while (next == null && !waiting.isEmpty() && !parcels.refuses()) {
      PendingWrite head = waiting.peek();
      int places = parts.settings().maxInFlight() - inFlight;
      List<Parcel> made = parts.doors().open(route, waiting, places, roundTripNanos);
      made.forEach(parcels::add);
      if (made.isEmpty()) {
        writes.remove(head);
        head.complete(); // it had no records
      }
      next = parcels.firstUnsent();
    }
    if (next == null) {
      settle();
    }
    return next;
  }

  void sent(Parcel parcel, Broker to) {
    parcel.sent();
    inFlight++;
    broker = to;
  }

  // ---- answers ----

  void answered(Parcel parcel, ProduceAnswer.Partition answer) {
    Errors error = Errors.forCode(answer.error());
    returned(parcel);
    if (error != Errors.NONE) {
      failed(parcel, error, answer.message());
    } else if (answer.baseOffset() < 0) {
      doubt(parcel, "it was acknowledged without an offset");
    } else {
      landed(parcel, answer.baseOffset());
    }
    settle();
  }

  /** No answer will come, and nobody knows what became of it. */
  void lost(Parcel parcel) {
    returned(parcel);
    again();
    settle();
  }

  private void returned(Parcel parcel) {
    parcel.returned();
    inFlight--;
    if (inFlight == 0) {
      broker = null;
    }
  }

  private void landed(Parcel parcel, long baseOffset) {
    Parcel absent = parcels.absentBefore(parcel);
    parcel.landed(baseOffset, !parcels.isNext(parcel));
    proven = true;
    pause.success();
    if (absent != null) {
      broken(absent, parcel);
    }
  }

  private void failed(Parcel parcel, Errors error, @Nullable String message) {
    switch (Verdict.of(error)) {
      case AGAIN -> again();
      case AGAIN_ABSENT -> {
        parcel.refused();
        again();
      }
      case OUT_OF_ORDER -> {
        if (parcels.isNext(parcel)) {
          doubt(parcel, error.message());
        } else {
          parcel.refused();
          stop();
        }
      }
      case DOUBT -> doubt(parcel, error.message());
      case TOO_LARGE -> replace(parcel, parts.doors().split(route, parcel));
      case BAD_RECORD ->
          replace(parcel, parts.doors().halve(route, parcel, refusal(parcel, error, message)));
      case CORRUPT -> {
        if (isDamaged(parcel)) {
          ReplicationException cause = Troubles.damaged(route, parcel.firstWrite());
          replace(parcel, List.of(Parcel.refusal(parcel.shares(), cause)));
        } else {
          again();
        }
      }
      case REFUSED ->
          replace(
              parcel, List.of(Parcel.refusal(parcel.shares(), refusal(parcel, error, message))));
    }
  }

  private ReplicationException refusal(Parcel parcel, Errors error, @Nullable String message) {
    return Troubles.refused(route, parts.errors(), offset(parcel), error, message);
  }

  private static long offset(Parcel parcel) {
    return parcel.firstWrite().offset(parcel.shares().get(0).from());
  }

  private static boolean isDamaged(Parcel parcel) {
    ByteBuffer batch = parcel.batch();
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(BatchHeader.ATTRIBUTES, batch.remaining() - BatchHeader.ATTRIBUTES));
    return (int) crc.getValue() != BatchHeader.crc(batch, batch.position());
  }

  private void again() {
    oneByOneUntil = parcels.lastOrdinal();
    pause.begin(parts.now());
  }

  /** Goes on when everything under way is answered, without a pause. */
  private void stop() {
    oneByOneUntil = parcels.lastOrdinal();
    pause.untilAnswered(parts.now());
  }

  private void doubt(Parcel parcel, String why) {
    fail(parcel.firstWrite(), Troubles.doubtful(route, parts.errors(), offset(parcel), why));
  }

  /** Other parcels for the same records, with the same sequences. */
  private void replace(Parcel parcel, List<Parcel> by) {
    parcels.replace(parcel, by);
    stop();
  }

  // ---- completing ----

  private void settle() {
    boolean open = failure == null;
    for (Parcel head = parcels.head(); head != null; head = parcels.head()) {
      if (head.state() != Parcel.State.LANDED) {
        ReplicationException refusal = head.refusal();
        if (refusal != null && open && inFlight == 0) {
          fail(head.firstWrite(), refusal);
        }
        break;
      }
      parcels.removeHead();
      if (!deliver(head)) {
        break;
      }
    }
    if (failure != null && inFlight == 0) {
      end();
    }
  }

  /** Returns whether it landed before the one behind it. */
  private boolean deliver(Parcel parcel) {
    Parcel next = parcels.head();
    if (next != null && next.overtook() && next.baseOffset() < parcel.baseOffset()) {
      broken(parcel, next);
      return false;
    }
    long target = parcel.baseOffset();
    for (Share share : parcel.shares()) {
      PendingWrite write = share.write();
      write.landed(share.from(), share.to(), target);
      target += share.size();
      if (write.isDone()) {
        writes.remove(write);
      }
    }
    return true;
  }

  private void broken(Parcel earlier, Parcel later) {
    ReplicationException cause =
        Troubles.orderBroken(route, offset(earlier), offset(later), failure);
    failure = cause;
    failed = earlier.firstWrite();
  }

  private void fail(@Nullable PendingWrite write, ReplicationException cause) {
    if (failure == null) {
      failure = cause;
      failed = write;
    }
    if (inFlight == 0) {
      end();
    }
  }

  /** Sends nothing more, and fails at once what was not sent. */
  void giveUp(String why) {
    ReplicationException cause = new RetriableException(route + " " + why);
    fail(null, cause);
    while (!waiting.isEmpty()) {
      PendingWrite write = waiting.removeLast();
      writes.removeLastOccurrence(write);
      write.fail(cause);
    }
  }

  /** After the connections were closed: no request reads from anything any more. */
  void closed() {
    for (Parcel parcel : parcels.toList()) {
      if (parcel.state() == Parcel.State.IN_FLIGHT) {
        returned(parcel);
      }
    }
    settle();
  }

  private void end() {
    ReplicationException cause = failure;
    parcels.clear();
    waiting.clear();
    boolean behind = false;
    while (!writes.isEmpty() && cause != null) {
      PendingWrite write = writes.remove();
      write.fail(behind ? Troubles.behind(route, cause) : cause);
      behind |= write == failed;
    }
  }

  /** How long until time alone may change something. */
  long nanosToTry(long now) {
    return pause.isStanding() ? pause.nanosToEnd(now) : placement.nanosToJudge(now);
  }
}
