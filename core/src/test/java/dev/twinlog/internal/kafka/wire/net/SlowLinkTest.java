package dev.twinlog.internal.kafka.wire.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Tests requests and responses that take longer than {@code request.timeout.ms} because they are
 * transferred in pieces.
 */
final class SlowLinkTest {
  private static final int TIMEOUT_MS = 500;
  private static final Duration STEP = Duration.ofMillis(TIMEOUT_MS / 5);
  private static final int STEPS = 15;

  private ServerSocket server;
  private Broker broker;
  private Connections connections;
  private Socket socket;
  private final Outcome outcome = new Outcome();

  @BeforeEach
  void connect() throws Exception {
    server = new ServerSocket();
    server.setReceiveBufferSize(4_096);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    broker = new Broker(1, "127.0.0.1", server.getLocalPort());
    Map<String, String> properties =
        Map.of("request.timeout.ms", Integer.toString(TIMEOUT_MS), "send.buffer.bytes", "4096");
    ClientSettings client = ClientSettings.of("us-east", "127.0.0.1:1", properties, Map.of());
    connections = new Connections(NetSettings.of(client.connections("test")), new ReceivePool());
    var unused = connections.ready(broker);
    socket = server.accept();
    pollUntil(() -> connections.inFlight(broker) == 1 && available() > 4);
    receive(available());
    MessageWriter versions = new MessageWriter().int32(1).int16(0).arrayOf(1);
    versions.int16(Api.FETCH.key()).int16(0).int16(17).noTags().int32(0).noTags();
    socket.getOutputStream().write(framed(versions));
    pollUntil(() -> connections.ready(broker));
  }

  @AfterEach
  void close() throws Exception {
    connections.close();
    socket.close();
    server.close();
  }

  private int available() {
    try {
      return socket.getInputStream().available();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void receive(int bytes) {
    int[] left = {bytes};
    pollUntil(
        () -> {
          left[0] -= read(Math.min(left[0], available()));
          return left[0] == 0;
        });
  }

  private int read(int bytes) {
    try {
      return socket.getInputStream().readNBytes(bytes).length;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] framed(MessageWriter body) {
    ByteBuffer all = ByteBuffer.allocate(4 + (int) body.size()).putInt((int) body.size());
    for (ByteBuffer piece : body.toBuffers()) {
      all.put(piece.duplicate());
    }
    return all.array();
  }

  private void pollUntil(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("in time").isNegative();
      connections.poll(1_000_000);
    }
  }

  private void pollFor(Duration time) {
    long start = System.nanoTime();
    pollUntil(() -> System.nanoTime() - start > time.toNanos());
  }

  private void send(int bytes) {
    MessageWriter body = new MessageWriter().foreign(ByteBuffer.allocate(bytes));
    connections.send(broker, new Request(Api.FETCH, Api.FETCH.oldest(), body, outcome));
  }

  @Test
  void aResponseInPieces_arrives() throws Exception {
    send(10);
    pollUntil(() -> available() > 10);
    byte[] answer =
        framed(new MessageWriter().int32(2).noTags().foreign(ByteBuffer.allocate(3_000)));
    int piece = answer.length / STEPS;
    for (int i = 0; i < STEPS; i++) {
      socket.getOutputStream().write(answer, i * piece, piece);
      pollFor(STEP);
      assertThat(outcome.isOpen()).isTrue();
    }
    socket.getOutputStream().write(answer, STEPS * piece, answer.length - STEPS * piece);
    pollUntil(() -> !outcome.isOpen());
    assertThat(outcome.answers).isEqualTo(1);
  }

  @Test
  void aRequestInPieces_arrives() throws Exception {
    int size = 8 << 20;
    send(size);
    for (int i = 0; i < STEPS; i++) {
      receive(size / STEPS / 2);
      pollFor(STEP);
      assertThat(outcome.isOpen()).isTrue();
    }
  }

  @Test
  void aBrokerThatStopsInTheMiddleOfAResponse_isDisconnected() throws Exception {
    send(10);
    byte[] answer =
        framed(new MessageWriter().int32(2).noTags().foreign(ByteBuffer.allocate(3_000)));
    socket.getOutputStream().write(answer, 0, 1_000);
    long start = System.nanoTime();
    pollUntil(() -> !outcome.isOpen());
    assertThat(outcome.lost).isNotNull().hasMessageContaining("did not answer within 500 ms");
    assertThat(System.nanoTime() - start).isLessThan(Duration.ofMillis(40 * TIMEOUT_MS).toNanos());
  }

  @Test
  void aBrokerThatSendsSingleBytes_isDisconnected() throws Exception {
    send(10);
    byte[] answer =
        framed(new MessageWriter().int32(2).noTags().foreign(ByteBuffer.allocate(3_000)));
    int sent = 0;
    long start = System.nanoTime();
    while (outcome.isOpen()) {
      assertThat(System.nanoTime() - start)
          .isLessThan(Duration.ofMillis(40 * TIMEOUT_MS).toNanos());
      socket.getOutputStream().write(answer, sent++, 1);
      pollFor(STEP);
    }
    assertThat(outcome.lost).isNotNull().hasMessageContaining("bytes moved");
    assertThat(connections.failure(broker)).isPresent();
  }

  @Test
  void aThrottleTimeLongerThanTheTimeout_losesNoRequestInFlight() throws Exception {
    send(10);
    pollUntil(() -> available() > 10);
    Duration throttle = Duration.ofMillis(3 * TIMEOUT_MS);
    connections.throttle(broker, (int) throttle.toMillis());
    assertThat(connections.ready(broker)).isFalse();
    pollFor(Duration.ofMillis(2 * TIMEOUT_MS));
    assertThat(outcome.isOpen()).isTrue();
    assertThat(connections.throttledNanos(broker)).isPositive();
    socket.getOutputStream().write(framed(new MessageWriter().int32(2).noTags()));
    pollUntil(() -> !outcome.isOpen());
    assertThat(outcome.answers).isEqualTo(1);
  }

  @Test
  void aBrokerThatIsSilentAfterItsThrottleTime_isDisconnected() throws Exception {
    send(10);
    connections.throttle(broker, TIMEOUT_MS);
    long start = System.nanoTime();
    pollUntil(() -> !outcome.isOpen());
    assertThat(outcome.lost).isNotNull().hasMessageContaining("did not answer within 500 ms");
    assertThat(System.nanoTime() - start)
        .isGreaterThanOrEqualTo(Duration.ofMillis(2 * TIMEOUT_MS).toNanos());
  }

  private static final class Outcome implements Request.ResponseHandler {
    int answers;
    @Nullable KafkaException lost;

    boolean isOpen() {
      return answers == 0 && lost == null;
    }

    @Override
    public void answered(Received received) {
      answers++;
    }

    @Override
    public void lost(KafkaException cause) {
      lost = cause;
    }
  }
}
