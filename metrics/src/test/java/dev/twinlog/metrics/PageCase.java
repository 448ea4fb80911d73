package dev.twinlog.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.StatusFixture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** A status page of a link whose status is given. */
abstract class PageCase {
  private static final ObjectMapper JSON = new ObjectMapper();

  volatile ReplicatorStatus status = new StatusFixture().partition("orders", 0, 10).status();
  private final HttpClient client = HttpClient.newHttpClient();
  private StatusPage page;

  /** A page at any free port. */
  StatusPage.Builder builder() {
    return new StatusPage.Builder(() -> status);
  }

  StatusPage served() {
    if (page == null) {
      page = builder().serve();
    }
    return page;
  }

  void serve(StatusPage.Builder builder) {
    page = builder.serve();
  }

  @AfterEach
  void close() {
    if (page != null) {
      page.close();
    }
  }

  HttpResponse<String> request(String method, String path)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(served().uri().resolve(path))
            .method(method, HttpRequest.BodyPublishers.ofString(""))
            .build(),
        BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return request("GET", path);
  }

  JsonNode json(String path) throws IOException, InterruptedException {
    HttpResponse<String> response = get(path);
    assertThat(response.headers().firstValue("Content-Type"))
        .contains("application/json; charset=utf-8");
    return JSON.readTree(response.body());
  }

  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), served().port());
    socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(60));
    return socket;
  }

  /** Sends bytes as they are and reads what comes until the connection ends. */
  String raw(String request) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }
}
