package dev.twinlog.internal.kafka.wire.write.identity;

import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.Refresher;
import dev.twinlog.internal.kafka.wire.ledger.session.RouteGuaranteeRegistry.Author;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a route under a session of the ledger, with an estimate of what the broker
 * remembers of it.
 *
 * <p>The broker's producer state is kept fresh while the route is idle: a marker is requested when
 * a third of its lifetime has passed, or when the last records of an idle route are old. It counts
 * only if nothing was sent since it was requested, since an old batch that is appended behind it
 * ages the state again.
 */
final class LedgerIdentity implements RouteIdentity {
  /**
   * A route is idle only after it has sent nothing for so long; it may be waiting for its source.
   */
  private static final long QUIET_NANOS = Duration.ofSeconds(10).toNanos();

  /** A marker that was not written within this time is requested again. */
  private static final long PATIENCE_NANOS = Duration.ofMinutes(1).toNanos();

  private static final long LEAST_AGE_MS = 1_000;

  /** A proof that is older is replaced, where the lease ends, by that of a marker. */
  private static final long PROVE_MS = 8_000;

  /**
   * A marker that is to prove ownership, and was not written within this time, is requested again.
   */
  private static final long PROVE_AGAIN_NANOS = Duration.ofSeconds(3).toNanos();

  private final Route route;
  private final LedgerSession session;
  private final IdentityContext context;
  private final Lease lease;
  private final ProducerStateExpiry producerState;
  private final TailWatch tail;
  private final OwnershipProof proof;
  private final Consumer<Runnable> writer;
  private final long openedNanos;
  private final long freshMs;

  private boolean begun;
  private boolean reported;
  private long sentNanos;
  private long provingNanos;
  private boolean proving;

  private int lastMarker;
  private long markerRequestedNanos;
  private long markerRequestedMs;

  /** The marker that was requested last counts once it is visible. */
  private boolean markerPending;

  /** It became visible, and counted. */
  private boolean markerCounted;

  /** Why a marker was refused, if one was. */
  private @Nullable String fenced;

  /** The number of the last requested marker that is visible; set on the ledger's thread. */
  private volatile int visibleMarker;

  LedgerIdentity(
      Route route, LedgerSession session, IdentityContext context, Consumer<Runnable> writer) {
    this.route = route;
    this.session = session;
    this.context = context;
    this.lease = context.leases().ofRoute().apply(route);
    long markedAtMs = session.markedAtMs();
    this.producerState =
        new ProducerStateExpiry(
            context.clock()::millis, context.nanoTime(), session.memoryMs(), markedAtMs);
    this.tail =
        new TailWatch(route, session, context.ledger().tailChecker(), writer, context.nanoTime());
    this.proof =
        new OwnershipProof(session.tail().rules(), context.clock().wall(), context.nanoTime());
    this.writer = writer;
    this.begun = markedAtMs != LedgerSession.NEVER;
    this.freshMs = Math.max(LEAST_AGE_MS, session.memoryMs() / 3);
    this.openedNanos = context.nanoTime().getAsLong();
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
  public boolean isFirstBatchAlone() {
    return session.tail().rules().isFirstBatchAlone();
  }

  @Override
  public boolean fencedOnlyByOwner() {
    return true;
  }

  @Override
  public boolean isRemembered(long oldest) {
    takeMarker();
    return producerState.lasts(oldest);
  }

  private void takeMarker() {
    if (markerPending && visibleMarker == lastMarker) {
      markerPending = false;
      markerCounted = true;
      producerState.marked(markerRequestedMs);
    }
  }

  @Override
  public boolean mayBeForgotten() {
    long now = context.nanoTime().getAsLong();
    long openedMs = TimeUnit.NANOSECONDS.toMillis(now - openedNanos);
    boolean alone =
        !session.formerOwners()
            || session.tail().rules().areFormerOwnersSilent(lease.formerOwnersExpired(), openedMs);
    return alone && !context.ledger().lateRequests().mayArrive(route, now);
  }

  @Override
  public boolean ownershipHolds(int leaderEpoch, long connection) {
    return lease.holds() || proof.covers(leaderEpoch, connection);
  }

  @Override
  public boolean prove(int leaderEpoch, long connection) {
    boolean needed =
        lease.isEnding()
            && !(proof.covers(leaderEpoch, connection) && proof.isYoungerThan(PROVE_MS));
    boolean possible = lease.holds() || proof.isFresh();
    long nanos = context.nanoTime().getAsLong();
    boolean requested = proving && nanos - provingNanos < PROVE_AGAIN_NANOS;
    if (!needed || !possible || requested || connection == TailWatch.NO_CONNECTION) {
      return false;
    }
    proving = true;
    provingNanos = nanos;
    long millis = context.clock().wall().millis();
    context
        .ledger()
        .refresher()
        .refresh(
            route,
            session,
            outcome(
                () -> writer.accept(() -> proof.given(nanos, millis, leaderEpoch, connection))));
    return true;
  }

  @Override
  public void acknowledged(ProduceBatch batch) {
    proof.given(batch.sentNanos(), batch.sentMs(), batch.leaderEpoch(), batch.connection());
  }

  @Override
  public void sent(ProduceBatch batch) {
    long timestamp = batch.maxTimestamp();
    markerPending = false;
    proving = false;
    sentNanos = context.nanoTime().getAsLong();
    batch.sentAt(sentNanos, context.clock().wall().millis());
    // the first batch of a session is sent in conservative mode as well, but not for its age
    report(begun ? !producerState.lasts(timestamp) : !producerState.lastsBehind(timestamp));
  }

  private void report(boolean forgotten) {
    if (forgotten == reported) {
      return;
    }
    reported = forgotten;
    if (forgotten) {
      context.ledger().guarantees().put(route, Author.WRITER, conservative());
    } else {
      context.ledger().guarantees().remove(route, Author.WRITER);
    }
  }

  private Guarantee conservative() {
    return new Guarantee(
        true,
        ("its records are older than the target remembers producers (producer.id.expiration.ms = %d):"
                + " one batch is in flight at a time, any doubt is settled by reading the target, and"
                + " former owners are kept out by time, not by a fence")
            .formatted(session.memoryMs()));
  }

  @Override
  public void lost(long throttledNanos) {
    context
        .ledger()
        .lateRequests()
        .connectionLost(route, context.nanoTime().getAsLong() + throttledNanos);
  }

  @Override
  public void appended(long timestamp) {
    begun = true;
    producerState.appended(timestamp);
  }

  @Override
  public boolean idle() {
    takeMarker();
    long nanos = context.nanoTime().getAsLong();
    if (reported && producerState.lasts()) {
      report(false);
    }
    if (!begun || producerState.isYounger(freshMs) || nanos - sentNanos < quietNanos()) {
      return false;
    }
    if (lastMarker > 0 && nanos - markerRequestedNanos < backoffNanos()) {
      return false;
    }
    int number = ++lastMarker;
    markerPending = true;
    markerCounted = false;
    markerRequestedNanos = nanos;
    markerRequestedMs = context.clock().millis();
    context.ledger().refresher().refresh(route, session, outcome(() -> visibleMarker = number));
    return true;
  }

  private Refresher.Outcome outcome(Runnable visible) {
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

  private long backoffNanos() {
    return markerCounted ? freshNanos() : Math.min(PATIENCE_NANOS, freshNanos());
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
    report(false);
  }
}
