package dev.twinlog.testkit;

import static dev.twinlog.testkit.NetworkLinkTest.connect;
import static dev.twinlog.testkit.NetworkLinkTest.ping;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.testkit.NetworkLink.Direction;
import dev.twinlog.testkit.junit.CleanAfterEach;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the faults of a {@link NetworkLink} with plain sockets. */
@CleanAfterEach
final class NetworkLinkFaultsTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration A_WHILE = Duration.ofMillis(200);

  private final NetworkLink link = NetworkLink.builder().seed(1).start();
  private Peer echo;
  private Peer silent;
  private InetSocketAddress farEcho;
  private InetSocketAddress farSilent;

  @BeforeEach
  void open() throws IOException {
    echo = Peer.echo();
    silent = Peer.silent();
    farEcho = link.forward(echo.address());
    farSilent = link.forward(silent.address());
  }

  @AfterEach
  void close() throws IOException {
    link.close();
    echo.close();
    silent.close();
  }

  @Test
  void cut_breaksConnectionsAndRefusesNewOnesUntilItIsHealed() throws Exception {
    try (Socket first = connect(farEcho)) {
      ping(first);
      for (int round = 0; round < 3; round++) {
        link.cut();
        assertThat(link.isCut()).isTrue();
        assertThat(link.connections()).isZero();
        assertThatThrownBy(() -> connect(farEcho)).isInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> connect(farSilent)).isInstanceOf(ConnectException.class);

        link.heal();
        assertThat(link.isCut()).isFalse();
        try (Socket next = connect(farEcho)) {
          ping(next);
        }
      }
      assertThatThrownBy(() -> first.getInputStream().read()).isInstanceOf(IOException.class);
    }
  }

  @Test
  void cut_losesWhatIsUnderway() throws Exception {
    link.roundTrip(Duration.ofMinutes(5));
    try (Socket socket = connect(farSilent)) {
      socket.getOutputStream().write(new byte[1000]);
      await().atMost(LIMIT).until(() -> link.connections() == 1);
      link.cut();
    }
    await().atMost(LIMIT).until(() -> silent.ended() == 1);
    assertThat(silent.received()).isZero();
  }

  @Test
  void cutAfter_passesExactlySoManyBytes() throws Exception {
    link.cutAfter(Direction.TO_CLUSTER, 12_345);
    try (Socket socket = connect(farSilent)) {
      assertThatThrownBy(
              () -> {
                while (true) {
                  socket.getOutputStream().write(new byte[1000]);
                }
              })
          .isInstanceOf(IOException.class);
    }
    await().atMost(LIMIT).until(link::isCut);
    await().atMost(LIMIT).until(() -> silent.ended() == 1);
    assertThat(silent.received()).isEqualTo(12_345);

    link.heal();
    try (Socket socket = connect(farEcho)) {
      ping(socket);
    }
    assertThat(link.isCut()).isFalse();
  }

  @Test
  void cutAfter_ofAnswersLeavesTheRequestServed() throws Exception {
    link.cutAfter(Direction.FROM_CLUSTER, 2);
    try (Socket socket = connect(farEcho)) {
      ping(socket);
      assertThat(link.isCut()).isFalse();
      socket.getOutputStream().write(new byte[500]);
      await().atMost(LIMIT).until(link::isCut);
      assertThat(echo.received()).isEqualTo(501);
      assertThat(link.bytesFromCluster()).isEqualTo(2);
    }
  }

  @Test
  void heal_isHeardWhileACutTakesPlace() throws Exception {
    for (int round = 0; round < 500; round++) {
      try (Socket socket = connect(farEcho)) {
        link.cutAfter(Direction.TO_CLUSTER, 1);
        socket.getOutputStream().write(1);
        // without a pause, so that the call comes in the middle of the cut
        while (!link.isCut()) {
          Thread.onSpinWait();
        }
        link.heal();
      }
    }
    assertThat(link.isCut()).isFalse();
  }

  @Test
  void freeze_passesNothingAndKeepsEverything() throws Exception {
    try (Socket early = connect(farEcho)) {
      ping(early);
      link.freeze();
      try (Socket late = connect(farEcho)) {
        for (Socket socket : List.of(early, late)) {
          socket.getOutputStream().write(7);
          assertSilent(socket);
        }
        assertThat(echo.received()).isOne();
        link.heal();
        for (Socket socket : List.of(early, late)) {
          assertThat(socket.getInputStream().read()).isEqualTo(7);
          ping(socket);
        }
      }
    }
  }

  @Test
  void freeze_ofAnswersLetsRequestsThrough() throws Exception {
    try (Socket socket = connect(farEcho)) {
      link.freeze(Direction.FROM_CLUSTER);
      socket.getOutputStream().write(7);
      await().atMost(LIMIT).until(() -> echo.received() == 1);
      assertSilent(socket);
      link.heal();
      assertThat(socket.getInputStream().read()).isEqualTo(7);
    }
  }

  @Test
  void freeze_outlivesAClientThatGivesUp() throws Exception {
    link.freeze();
    try (Socket socket = connect(farSilent)) {
      socket.getOutputStream().write(new byte[300]);
      await().atMost(LIMIT).until(() -> link.connections() == 1);
    }
    // The cluster isn't notified, and the link doesn't spin on the client's closed connection.
    assertThat(cpuShareOfTheLink()).isLessThan(0.5);
    assertThat(silent.ended()).isZero();
    link.heal();
    await().atMost(LIMIT).until(() -> silent.ended() == 1);
    assertThat(silent.received()).isEqualTo(300);
  }

  @Test
  void cutOfOneBroker_leavesTheOthersReachable() throws Exception {
    InetSocketAddress one = broker(1);
    InetSocketAddress two = broker(2);
    try (Socket first = connect(one);
        Socket second = connect(two)) {
      ping(first);
      ping(second);
      link.cut(1);
      assertThat(link.isCut()).isFalse();
      assertThat(link.connections()).isOne();
      assertThatThrownBy(() -> connect(one)).isInstanceOf(ConnectException.class);
      assertThatThrownBy(() -> first.getInputStream().read()).isInstanceOf(IOException.class);
      ping(second);

      link.cut();
      assertThatThrownBy(() -> connect(two)).isInstanceOf(ConnectException.class);
      link.heal(1);
      assertThatThrownBy(() -> connect(one)).isInstanceOf(ConnectException.class);
      link.cut(1);
      link.heal();
      try (Socket again = connect(one);
          Socket other = connect(two)) {
        ping(again);
        ping(other);
      }
    }
    assertThatThrownBy(() -> link.cut(3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the link leads to no broker 3, but to [1, 2]");
  }

  @Test
  void freezeOfOneBroker_keepsWhatItIsSentAndLeavesTheOthersAlone() throws Exception {
    InetSocketAddress one = broker(1);
    InetSocketAddress two = broker(2);
    try (Socket first = connect(one);
        Socket second = connect(two)) {
      ping(first);
      link.freeze(1);
      first.getOutputStream().write(7);
      ping(second);
      assertSilent(first);
      assertThat(cpuShareOfTheLink()).isLessThan(0.5);
      link.heal(1);
      assertThat(first.getInputStream().read()).isEqualTo(7);

      link.freeze(2, Direction.FROM_CLUSTER);
      long served = echo.received();
      second.getOutputStream().write(8);
      await().atMost(LIMIT).until(() -> echo.received() == served + 1);
      ping(first);
      assertSilent(second);
      link.heal();
      assertThat(second.getInputStream().read()).isEqualTo(8);
    }
  }

  private InetSocketAddress broker(int id) {
    String[] advertised = link.addBroker(id, echo.address()).split(":");
    return new InetSocketAddress(advertised[0], Integer.parseInt(advertised[1]));
  }

  @Test
  void dropConnections_breaksThemAndAcceptsNewOnes() throws Exception {
    try (Socket first = connect(farEcho)) {
      ping(first);
      link.dropConnections();
      assertThatThrownBy(() -> first.getInputStream().read()).isInstanceOf(IOException.class);
      try (Socket second = connect(farEcho)) {
        ping(second);
      }
    }
  }

  @Test
  void dropConnectionsEvery_breaksOneAfterTheOtherUntilItIsHealed() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 5; i++) {
        sockets.add(connect(farEcho));
        ping(sockets.get(i));
      }
      link.dropConnectionsEvery(Duration.ofMillis(5));
      await().atMost(LIMIT).until(() -> link.connections() == 0);
      link.heal();
      try (Socket last = connect(farEcho)) {
        await().pollDelay(A_WHILE).until(() -> ping(last) > 0);
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void resetOfTheClient_reachesTheCluster() throws Exception {
    try (Socket socket = connect(farEcho)) {
      ping(socket);
      socket.setSoLinger(true, 0);
    }
    await().atMost(LIMIT).until(() -> echo.ended() == 1 && link.connections() == 0);
  }

  @Test
  void destinationThatIsDown_endsTheClientsConnection() throws Exception {
    silent.close();
    try (Socket socket = connect(farSilent)) {
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
    assertThat(link.connections()).isZero();
  }

  @Test
  void idleLink_doesNothing() throws Exception {
    link.roundTrip(Duration.ofMillis(1));
    try (Socket socket = connect(farEcho)) {
      ping(socket);
      assertThat(cpuShareOfTheLink()).isLessThan(0.2);
    }
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout((int) A_WHILE.toMillis());
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout((int) LIMIT.toMillis());
  }

  private static double cpuShareOfTheLink() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long id =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("twinlog-netlink"))
            .findFirst()
            .orElseThrow()
            .getId();
    long cpu = threads.getThreadCpuTime(id);
    long wall = System.nanoTime();
    await().pollDelay(A_WHILE).until(() -> true);
    return (double) (threads.getThreadCpuTime(id) - cpu) / (System.nanoTime() - wall);
  }
}
