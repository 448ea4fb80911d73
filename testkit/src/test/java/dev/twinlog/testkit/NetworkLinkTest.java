package dev.twinlog.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.twinlog.testkit.junit.CleanAfterEach;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests the delay, bandwidth and byte order of a {@link NetworkLink} with plain sockets; faults are
 * in {@link NetworkLinkFaultsTest}.
 */
@CleanAfterEach
final class NetworkLinkTest {
  private static final int MIB = 1024 * 1024;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  void relays_whatItIsGivenAndCountsIt() throws Exception {
    try (Peer echo = Peer.echo();
        NetworkLink link = NetworkLink.builder().start();
        Socket socket = connect(link.forward(echo.address()))) {
      ping(socket);
      ping(socket);
      assertThat(link.connections()).isOne();
      assertThat(link.bytesToCluster()).isEqualTo(2);
      // the response may arrive before the link has counted it
      await().untilAsserted(() -> assertThat(link.bytesFromCluster()).isEqualTo(2));
    }
  }

  @Test
  void roundTrip_isWhatAnAnswerTakesAtLeast() throws Exception {
    Duration delay = Duration.ofMillis(40);
    try (Peer echo = Peer.echo();
        NetworkLink link = NetworkLink.builder().roundTrip(delay).start()) {
      InetSocketAddress far = link.forward(echo.address());
      long before = System.nanoTime();
      try (Socket socket = connect(far)) {
        ping(socket);
        assertThat(System.nanoTime() - before)
            .as("with the handshake")
            .isGreaterThanOrEqualTo(2 * delay.toNanos());
        for (int i = 0; i < 5; i++) {
          assertThat(ping(socket)).isGreaterThanOrEqualTo(delay.toNanos());
        }
      }
    }
  }

  @Test
  void roundTrip_canBeChangedWhileBytesFlow() throws Exception {
    Duration delay = Duration.ofMillis(200);
    try (Peer echo = Peer.echo();
        NetworkLink link = NetworkLink.builder().start();
        Socket socket = connect(link.forward(echo.address()))) {
      ping(socket);
      link.roundTrip(delay);
      assertThat(ping(socket)).isGreaterThanOrEqualTo(delay.toNanos());
      link.roundTrip(Duration.ZERO);
      await().atMost(LIMIT).until(() -> ping(socket) < delay.toNanos());
    }
  }

  @Test
  void roundTrip_limitsNoBandwidth() throws Exception {
    Duration delay = Duration.ofMillis(200);
    int size = 24 * MIB;
    long near = echoOver(Duration.ZERO, size);
    long far = echoOver(delay, size);
    System.out.printf(
        "%d MiB in %d ms, with %s in %d ms%n",
        size / MIB, near / 1_000_000, delay, far / 1_000_000);
    // a relay that passed on only what the kernel buffers would let through one MiB a round trip
    long halfOfThat = size / (2 * MIB) * delay.toNanos();
    assertThat(far).isLessThan(halfOfThat + 3 * near);
  }

  private long echoOver(Duration roundTrip, int size) throws Exception {
    try (Peer echo = Peer.echo();
        NetworkLink link = NetworkLink.builder().roundTrip(roundTrip).start();
        Socket socket = connect(link.forward(echo.address()))) {
      return exchange(socket, size, 1);
    }
  }

  @ParameterizedTest(name = "{0} bytes a second, {1} ms")
  @CsvSource({"8000000, 0", "8000000, 60", "200000, 0"})
  void bytesPerSecond_isSharedByAllConnections(long limit, long delayMs) throws Exception {
    int size = (int) (limit / 4);
    try (Peer echo = Peer.echo();
        NetworkLink link =
            NetworkLink.builder()
                .bytesPerSecond(limit)
                .roundTrip(Duration.ofMillis(delayMs))
                .start()) {
      InetSocketAddress far = link.forward(echo.address());
      long before = System.nanoTime();
      List<CompletableFuture<Void>> exchanges = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int seed = i;
        exchanges.add(
            run(
                () -> {
                  try (Socket socket = connect(far)) {
                    exchange(socket, size, seed);
                  }
                }));
      }
      all(exchanges);
      double seconds = (System.nanoTime() - before) / 1e9 - 2 * delayMs / 1e3;
      double rate = 4 * size / seconds;
      System.out.printf("%.0f bytes a second of %d, %d ms%n", rate, limit, delayMs);
      assertThat(rate).isBetween(0.1 * limit, 1.05 * limit);
    }
  }

  @Test
  void bytesPerSecond_canBeLifted() throws Exception {
    try (Peer echo = Peer.echo();
        NetworkLink link = NetworkLink.builder().bytesPerSecond(10_000).start();
        Socket socket = connect(link.forward(echo.address()))) {
      CompletableFuture<Void> exchange = run(() -> exchange(socket, MIB, 1));
      await().atMost(LIMIT).until(() -> link.bytesToCluster() > 0);
      link.bytesPerSecond(NetworkLink.UNLIMITED);
      assertThat(exchange).succeedsWithin(LIMIT);
    }
  }

  @ParameterizedTest(name = "{0} ms, {1} bytes a second")
  @CsvSource({"0, 9223372036854775807", "15, 9223372036854775807", "15, 20000000"})
  void bytes_arriveAllAndInOrder(long delayMs, long limit) throws Exception {
    try (Peer echo = Peer.echo();
        NetworkLink link =
            NetworkLink.builder()
                .roundTrip(Duration.ofMillis(delayMs))
                .bytesPerSecond(limit)
                .start()) {
      InetSocketAddress far = link.forward(echo.address());
      List<CompletableFuture<Void>> exchanges = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        int seed = i;
        exchanges.add(
            run(
                () -> {
                  try (Socket socket = connect(far)) {
                    exchange(socket, 2 * MIB, seed);
                  }
                }));
      }
      // No byte overtakes earlier ones when the round trip is reduced.
      for (int i = 0; i < 20; i++) {
        link.roundTrip(Duration.ofMillis(delayMs * (i % 2)));
      }
      all(exchanges);
      assertThat(link.bytesToCluster()).isEqualTo(12 * MIB);
      await().untilAsserted(() -> assertThat(link.bytesFromCluster()).isEqualTo(12 * MIB));
      await().atMost(LIMIT).until(() -> link.connections() == 0);
    }
  }

  @Test
  void readerThatDoesNotRead_holdsTheSenderBack() throws Exception {
    try (Peer deaf = Peer.deaf();
        NetworkLink link = NetworkLink.builder().start();
        Socket socket = connect(link.forward(deaf.address()))) {
      CompletableFuture<Void> sending =
          run(() -> socket.getOutputStream().write(new byte[64 * MIB]));
      await()
          .atMost(LIMIT)
          .during(Duration.ofMillis(300))
          .until(link::bytesToCluster, passed -> passed > 0 && passed < 32 * MIB);
      assertThat(sending).isNotDone();
    }
  }

  @Test
  void close_leavesNothingAndMayBeCalledTwice() throws Exception {
    try (Peer echo = Peer.echo()) {
      NetworkLink link = NetworkLink.builder().roundTrip(Duration.ofMillis(5)).start();
      try (Socket socket = connect(link.forward(echo.address()))) {
        ping(socket);
        link.close();
        link.close();
        await().atMost(LIMIT).until(() -> echo.ended() == 1);
      }
      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .doesNotContain("twinlog-netlink");
      assertThat(link.connections()).isZero();
      assertThat(link.bytesToCluster()).isOne();
      assertThatIllegalStateException().isThrownBy(link::heal).withMessage("the link is closed");
    }
  }

  @Test
  void badSettings_areRefusedAllAtOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> NetworkLink.builder().roundTrip(Duration.ofMillis(-1)).bytesPerSecond(0).start())
        .withMessageContaining("`roundTrip` was PT-0.001S")
        .withMessageContaining("`bytesPerSecond` was 0 but must be positive");
    try (NetworkLink link = NetworkLink.builder().start()) {
      assertThatIllegalArgumentException().isThrownBy(() -> link.bytesPerSecond(-1));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> link.cutAfter(NetworkLink.Direction.TO_CLUSTER, 0));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> link.dropConnectionsEvery(Duration.ZERO));
      assertThatIllegalStateException()
          .isThrownBy(link::bootstrapServers)
          .withMessageContaining("EmbeddedKafka.builder().via(link)");
    }
  }

  static Socket connect(InetSocketAddress address) throws Exception {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) LIMIT.toMillis());
    socket.connect(address);
    return socket;
  }

  /** The nanoseconds that the echo of a byte takes. */
  static long ping(Socket socket) throws Exception {
    long before = System.nanoTime();
    socket.getOutputStream().write(7);
    assertThat(socket.getInputStream().read()).isEqualTo(7);
    return System.nanoTime() - before;
  }

  /** Sends random bytes in random pieces, ends, and checks that their echo is the same. */
  private long exchange(Socket socket, int size, long seed) throws Exception {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    long before = System.nanoTime();
    CompletableFuture<Void> sending =
        run(
            () -> {
              Random pieces = new Random(seed);
              OutputStream out = socket.getOutputStream();
              for (int at = 0; at < size; ) {
                int piece = Math.min(size - at, 1 + pieces.nextInt(1 << pieces.nextInt(18)));
                out.write(bytes, at, piece);
                at += piece;
              }
              socket.shutdownOutput();
            });
    InputStream in = socket.getInputStream();
    assertThat(in.readAllBytes()).isEqualTo(bytes);
    sending.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    return System.nanoTime() - before;
  }

  private CompletableFuture<Void> run(Action action) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            action.run();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        threads);
  }

  private static void all(List<CompletableFuture<Void>> futures) throws Exception {
    CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
        .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private interface Action {
    void run() throws Exception;
  }
}
