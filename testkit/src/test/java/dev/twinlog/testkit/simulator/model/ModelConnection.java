package dev.twinlog.testkit.simulator.model;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a client to a broker. Requests arrive in order, and the broker executes them one
 * by one: each when the one before is answered. When the connection breaks, the broker still
 * executes those that had arrived, sooner or later.
 */
final class ModelConnection {
  enum State {
    CONNECTING,
    OPEN,
    /** Broken or closed; the client may not have noticed yet. */
    GONE
  }

  /** A request in flight. */
  static final class Call {
    final Request request;
    final long sentAt;
    @Nullable ByteBuffer body;

    Call(Request request, long sentAt) {
      this.request = request;
      this.sentAt = sentAt;
    }
  }

  /** A response that has arrived. */
  record Answered(Call call, ByteBuffer body) {}

  private final ModelKafka kafka;
  private final ModelWorld world;
  private final int broker;
  private final Deque<Call> inFlight = new ArrayDeque<>();
  private final Deque<Call> unsent = new ArrayDeque<>();
  private final Deque<Call> atBroker = new ArrayDeque<>();
  private final Deque<Answered> answers = new ArrayDeque<>();
  private State state = State.CONNECTING;
  private boolean working;

  /** Whether requests no longer arrive at the broker. */
  private boolean deaf;

  private boolean died;

  private long delay;
  private long lastArrival;
  private long lastAnswer;

  ModelConnection(ModelKafka kafka, ModelWorld world, int broker) {
    this.kafka = kafka;
    this.world = world;
    this.broker = broker;
    kafka.opened(this);
    world
        .agenda()
        .after(
            2 * world.times().draw(world.random(), world.times().network()),
            () -> {
              if (state == State.CONNECTING) {
                state = State.OPEN;
              }
            });
  }

  /** Delays the arrival of all requests sent from now on. */
  void delay(long nanos) {
    delay = nanos;
  }

  int broker() {
    return broker;
  }

  State state() {
    return state;
  }

  /** Requests without a response, in order. */
  Deque<Call> inFlight() {
    return inFlight;
  }

  /** Responses that the client has not read yet. */
  Deque<Answered> answers() {
    return answers;
  }

  boolean maySend() {
    return state == State.OPEN && unsent.isEmpty();
  }

  void send(Request request) {
    Call call = new Call(request, world.agenda().now());
    inFlight.add(call);
    unsent.add(call);
  }

  /** Reads the client's buffers: only now, and not when the request is queued. */
  void flush() {
    for (Call call : unsent) {
      call.body = joined(call.request.body());
      long network = world.times().draw(world.random(), world.times().network());
      long at = world.agenda().now() + network + delay;
      lastArrival = Math.max(lastArrival, at);
      world.agenda().after(lastArrival - world.agenda().now(), () -> arrived(call));
    }
    unsent.clear();
  }

  static ByteBuffer joined(MessageWriter body) {
    ByteBuffer all = ByteBuffer.allocate((int) body.size());
    for (ByteBuffer piece : body.toBuffers()) {
      all.put(piece.duplicate());
    }
    return all.flip();
  }

  private void arrived(Call call) {
    if (deaf || !kafka.isAlive(broker)) {
      return;
    }
    atBroker.add(call);
    work();
  }

  private void work() {
    if (working || atBroker.isEmpty()) {
      return;
    }
    working = true;
    Call call = atBroker.remove();
    long nanos = world.times().draw(world.random(), world.times().work());
    world.agenda().after(nanos + kafka.frozenNanos(broker), () -> execute(call));
  }

  private boolean isTooLate(Call call) {
    return world.agenda().now() - call.sentAt >= world.lateMs() * 1_000_000;
  }

  private void execute(Call call) {
    if (died || isTooLate(call)) {
      return; // and no later request is executed either
    }
    if (kafka.frozenNanos(broker) > 0) {
      world.agenda().after(kafka.frozenNanos(broker), () -> execute(call));
      return;
    }
    ByteBuffer body = call.body;
    if (body == null) {
      throw new IllegalStateException("executed before it was sent");
    }
    kafka.execute(
        broker,
        call.request.api().key(),
        call.request.version(),
        body,
        answer -> {
          back(call, joined(answer));
          goOnBehind(call);
        });
  }

  /** Continues with the next request; on a throttled connection it waits. */
  private void goOnBehind(Call call) {
    boolean data = call.request.api() == Api.PRODUCE || call.request.api() == Api.FETCH;
    int millis = data ? kafka.throttleMs(broker) : 0;
    if (millis > 0) {
      kafka.throttled(broker);
      world.agenda().after(millis * 1_000_000L, this::goOn);
    } else {
      goOn();
    }
  }

  private void goOn() {
    working = false;
    work();
  }

  private void back(Call call, ByteBuffer body) {
    long at = world.agenda().now() + world.times().draw(world.random(), world.times().network());
    lastAnswer = Math.max(lastAnswer, at);
    world
        .agenda()
        .after(
            lastAnswer - world.agenda().now(),
            () -> {
              if (state == State.OPEN) {
                answers.add(new Answered(call, body));
              }
            });
  }

  /**
   * Breaks the connection; the client notices at its next poll.
   *
   * @param withBroker whether the broker is dead as well, and executes none of its requests any
   *     more
   */
  void broken(boolean withBroker) {
    if (state != State.GONE) {
      state = State.GONE;
      kafka.closed(this);
      if (withBroker) {
        died = true;
        deaf = true;
        atBroker.clear();
      } else {
        loseSome();
      }
    }
  }

  /** Closes the connection, by the client. Requests in its own buffers are not sent. */
  List<Call> close() {
    List<Call> lost = new ArrayList<>(inFlight);
    inFlight.clear();
    unsent.clear();
    answers.clear();
    broken(false);
    return lost;
  }

  /** Of the requests that the broker has not begun, the first few are still executed, late. */
  private void loseSome() {
    int done = world.random().nextInt(atBroker.size() + 1);
    // a request in flight arrives only if no earlier one was lost
    deaf = done < atBroker.size() || world.random().nextBoolean();
    while (atBroker.size() > done) {
      atBroker.removeLast();
    }
  }
}
