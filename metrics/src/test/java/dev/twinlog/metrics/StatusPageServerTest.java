package dev.twinlog.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.PartitionState;
import dev.twinlog.StatusFixture;
import dev.twinlog.metrics.internal.page.HostCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests how a status page treats clients that it can't trust, and how it ends. */
final class StatusPageServerTest extends PageCase {
  private static final int MORE_THAN_IT_HOLDS = 60;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1",
        "127.0.0.1:9",
        "[::1]:80",
        "a.localhost"
      })
  void ownNames_areAnswered(String host) throws IOException {
    assertThat(asked(host)).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        ""
      })
  void otherNames_areRefused_onLoopback(String host) throws IOException {
    assertThat(asked(host)).startsWith("HTTP/1.1 403 ").contains("hostNames");
  }

  @Test
  void givenNames_areAnsweredAsWell() throws IOException {
    serve(builder().hostNames("Status.example"));
    assertThat(asked("status.example")).startsWith("HTTP/1.1 200 ");
    assertThat(asked("localhost")).startsWith("HTTP/1.1 200 ");
    assertThat(asked("evil.example")).startsWith("HTTP/1.1 403 ");
  }

  @Test
  void anyName_isAccepted_atAnotherAddress_unlessNamesAreGiven() throws IOException {
    InetAddress other = InetAddress.getByName("192.0.2.1");
    assertThat(new HostCheck(other, List.of()).accepts(List.of("any.example"))).isTrue();
    HostCheck named = new HostCheck(other, List.of("status.example"));
    assertThat(named.accepts(List.of("status.example:80"))).isTrue();
    assertThat(named.accepts(List.of("any.example"))).isFalse();
  }

  private String asked(String host) throws IOException {
    return raw("GET /health HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  }

  @Test
  void clientsThatSendSlowly_areGivenUp_andOthersAnswered() throws Exception {
    serve(builder().longestExchange(Duration.ofMillis(200)));
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < MORE_THAN_IT_HOLDS; i++) {
        Socket socket = connect();
        slow.add(socket);
        socket.getOutputStream().write("GET /sta".getBytes(UTF_8));
      }
      for (Socket socket : slow) {
        assertEnds(socket);
      }
      assertThat(get("/health").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  /** That it ends by a reset is as good. */
  private static void assertEnds(Socket socket) throws IOException {
    int next;
    try {
      next = socket.getInputStream().read();
    } catch (java.net.SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      next = -1;
    }
    assertThat(next).isEqualTo(-1);
  }

  @Test
  void clientsThatReadSlowly_areGivenUp_andOthersAnswered() throws Exception {
    StatusFixture many = new StatusFixture();
    for (int number = 0; number < 30_000; number++) {
      many.partition("orders", number, PartitionState.COPYING, 1, 1, Duration.ZERO, "");
    }
    status = many.status();
    serve(builder().longestExchange(Duration.ofMillis(200)));
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) {
        Socket socket = connect();
        slow.add(socket);
        socket
            .getOutputStream()
            .write(
                "GET /status?partitions=all HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
      }
      assertThat(get("/health").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void close_endsAllThreads_andIsIdempotent_evenWhileAClientIsSlow() throws Exception {
    StatusPage page = served();
    assertThat(get("/health").statusCode()).isEqualTo(200);
    try (Socket slow = connect()) {
      slow.getOutputStream().write("GET /sta".getBytes(UTF_8));
      assertThat(threads()).isNotEmpty().allMatch(Thread::isDaemon);
      page.close();
      page.close();
      assertEnds(slow);
    }
    await().untilAsserted(() -> assertThat(threads()).isEmpty());
    try (StatusPage again = builder().port(page.port()).serve()) {
      assertThat(again.port()).isPositive();
    }
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches("twinlog-.*-page.*|HTTP-Dispatcher"))
        .toList();
  }
}
