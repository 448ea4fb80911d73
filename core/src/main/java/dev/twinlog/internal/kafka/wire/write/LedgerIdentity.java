package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.ledger.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.Refresher;
import dev.twinlog.internal.kafka.wire.ledger.RouteGuaranteeRegistry.Author;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session of the ledger, with what the broker remembers of it.
 *
 * <p>What the broker remembers is kept fresh while the route is idle: a marker is asked for when
 * the memory has lost a third of its length, or when the route has come to rest behind old records.
 * It counts only if nothing was sent since it was asked for, since an old batch that lands behind
 * it ages the memory again.
 */
final class LedgerIdentity implements RouteIdentity {
  /** So long a route must have sent nothing; it may only wait for its source otherwise. */
  private static final long QUIET_NANOS = Duration.ofSeconds(10).toNanos();

  /** A marker that has not come by then may not come. */
  private static final long PATIENCE_NANOS = Duration.ofMinutes(1).toNanos();

  private static final long LEAST_AGE_MS = 1_000;

  /** A proof that is older is replaced, where the lease ends, by that of a marker. */
  private static final long PROVE_MS = 8_000;

  /** A marker that is to prove the route, and has not come by then, is asked for again. */
  private static final long PROVE_AGAIN_NANOS = Duration.ofSeconds(3).toNanos();

  private final Route route;
  private final LedgerSession session;
  private final LedgerParts parts;
  private final BrokerMemory memory;
  private final TailWatch tail;
  private final RouteProof proof;
  private final Consumer<Runnable> writer;
  private final boolean knownToBroker;
  private final long openedNanos;
  private final long freshMs;

  private boolean begun;
  private boolean noted;
  private long sentNanos;
  private long provingNanos;
  private boolean proving;

  private int askedMarker;
  private long askedNanos;
  private long askedMs;

  /** The marker that was asked for last counts when it comes. */
  private boolean awaited;

  /** It came, and counted. */
  private boolean counted;

  /** Why a marker was refused, if one was. */
  private @Nullable String fenced;

  /** Which of the markers that were asked for can be read; the ledger's thread says so. */
  private volatile int visibleMarker;

  LedgerIdentity(Route route, LedgerSession session, LedgerParts parts, Consumer<Runnable> writer) {
    this.route = route;
    this.session = session;
    this.parts = parts;
    long markedAtMs = session.markedAtMs();
    this.memory =
        new BrokerMemory(parts.clock()::millis, parts.nanoTime(), session.memoryMs(), markedAtMs);
    this.tail = new TailWatch(route, session, parts.ledger().tailLooks(), writer, parts.nanoTime());
    this.proof = new RouteProof(session.tail().rules(), parts.clock().wall(), parts.nanoTime());
    this.writer = writer;
    this.knownToBroker = markedAtMs != LedgerSession.NEVER;
    this.begun = knownToBroker;
    this.freshMs = Math.max(LEAST_AGE_MS, session.memoryMs() / 3);
    this.openedNanos = parts.nanoTime().getAsLong();
    this.sentNanos = openedNanos;
  }

  @Override
  public long producerId() {
    return session.producerId();
  }

  @Override
  public short epoch() {
    return session.epoch();
  }

  @Override
  public boolean isKnownToBroker() {
    return knownToBroker;
  }

  @Override
  public boolean isOwned() {
    return true;
  }

  @Override
  public boolean isRemembered(long oldest) {
    takeMarker();
    return memory.lasts(oldest);
  }

  private void takeMarker() {
    if (awaited && visibleMarker == askedMarker) {
      awaited = false;
      counted = true;
      memory.marked(askedMs);
    }
  }

  @Override
  public boolean mayBeForgotten() {
    long now = parts.nanoTime().getAsLong();
    long openedMs = TimeUnit.NANOSECONDS.toMillis(now - openedNanos);
    boolean alone =
        !session.formerOwners()
            || session
                .tail()
                .rules()
                .areFormerOwnersSilent(parts.lease().formerOwnersExpired(), openedMs);
    return alone && !parts.ledger().lateRequests().mayCome(route, now);
  }

  @Override
  public boolean isOurs(int leaderEpoch, long connection) {
    return parts.lease().holds() || proof.covers(leaderEpoch, connection);
  }

  @Override
  public boolean prove(int leaderEpoch, long connection) {
    boolean needed =
        parts.lease().isEnding()
            && !(proof.covers(leaderEpoch, connection) && proof.isYoungerThan(PROVE_MS));
    boolean possible = parts.lease().holds() || proof.isFresh();
    long nanos = parts.nanoTime().getAsLong();
    boolean asked = proving && nanos - provingNanos < PROVE_AGAIN_NANOS;
    if (!needed || !possible || asked || connection == TailWatch.NO_CONNECTION) {
      return false;
    }
    proving = true;
    provingNanos = nanos;
    long millis = parts.clock().wall().millis();
    parts
        .ledger()
        .refresher()
        .refresh(
            route,
            session,
            told(() -> writer.accept(() -> proof.given(nanos, millis, leaderEpoch, connection))));
    return true;
  }

  @Override
  public void acknowledged(ProduceBatch batch) {
    proof.given(batch.sentNanos(), batch.sentMs(), batch.leaderEpoch(), batch.connection());
  }

  @Override
  public void sent(ProduceBatch batch) {
    long timestamp = batch.maxTimestamp();
    awaited = false;
    proving = false;
    sentNanos = parts.nanoTime().getAsLong();
    batch.sentAt(sentNanos, parts.clock().wall().millis());
    // the first batch of a session is sent with care, too, but not for its age
    note(begun ? !memory.lasts(timestamp) : !memory.lastsBehind(timestamp));
  }

  private void note(boolean forgotten) {
    if (forgotten == noted) {
      return;
    }
    noted = forgotten;
    if (forgotten) {
      parts.ledger().guarantees().put(route, Author.WRITER, conservative());
    } else {
      parts.ledger().guarantees().remove(route, Author.WRITER);
    }
  }

  private Guarantee conservative() {
    return new Guarantee(
        true,
        ("its records are older than the target remembers producers (producer.id.expiration.ms = %d):"
                + " one batch is under way at a time, any doubt is settled by reading the target, and"
                + " former owners are kept out by time, not by a fence")
            .formatted(session.memoryMs()));
  }

  @Override
  public void lost(long throttledNanos) {
    parts.ledger().lateRequests().left(route, parts.nanoTime().getAsLong() + throttledNanos);
  }

  @Override
  public void landed(long timestamp) {
    begun = true;
    memory.landed(timestamp);
  }

  @Override
  public boolean idle() {
    takeMarker();
    long nanos = parts.nanoTime().getAsLong();
    if (noted && memory.lasts()) {
      note(false);
    }
    if (!begun || memory.isYounger(freshMs) || nanos - sentNanos < quietNanos()) {
      return false;
    }
    if (askedMarker > 0 && nanos - askedNanos < pauseNanos()) {
      return false;
    }
    int ask = ++askedMarker;
    awaited = true;
    counted = false;
    askedNanos = nanos;
    askedMs = parts.clock().millis();
    parts.ledger().refresher().refresh(route, session, told(() -> visibleMarker = ask));
    return true;
  }

  private Refresher.Outcome told(Runnable visible) {
    return new Refresher.Outcome() {
      @Override
      public void visible() {
        visible.run();
      }

      @Override
      public void fenced(String why) {
        writer.accept(() -> fenced = why);
      }
    };
  }

  @Override
  public Optional<String> fenced() {
    return Optional.ofNullable(fenced);
  }

  private long quietNanos() {
    return Math.min(QUIET_NANOS, freshNanos());
  }

  private long pauseNanos() {
    return counted ? freshNanos() : Math.min(PATIENCE_NANOS, freshNanos());
  }

  private long freshNanos() {
    return TimeUnit.MILLISECONDS.toNanos(freshMs);
  }

  @Override
  public Optional<TailWatch> tail() {
    return Optional.of(tail);
  }

  @Override
  public void ended() {
    note(false);
  }
}
