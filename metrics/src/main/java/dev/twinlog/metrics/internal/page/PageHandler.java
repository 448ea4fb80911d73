package dev.twinlog.metrics.internal.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.twinlog.LinkHealth;
import dev.twinlog.LinkHealth.Verdict;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the requests to a status page: read-only, and by the last sample. Thread-safe. */
public final class PageHandler implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(PageHandler.class);
  private static final Pattern PARTITIONS = Pattern.compile("partitions=(all|\\d{1,3})");
  private static final int DEFAULT_PARTITIONS = 20;
  private static final String JSON = "application/json; charset=utf-8";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  /** Writes a part of an answer. */
  @FunctionalInterface
  private interface Body {
    void write(JsonWriter json) throws IOException;
  }

  private final StatusSampler sampler;
  private final PageAssets assets;
  private final HostCheck hosts;
  private final @Nullable Supplier<String> scrape;

  public PageHandler(StatusSampler sampler, HostCheck hosts, @Nullable Supplier<String> scrape) {
    this.sampler = sampler;
    this.assets = PageAssets.load();
    this.hosts = hosts;
    this.scrape = scrape;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      headers(exchange.getResponseHeaders());
      try {
        answer(exchange);
      } catch (RuntimeException e) {
        LOG.warn("A request to the status page failed: {}", exchange.getRequestURI(), e);
        if (exchange.getResponseCode() < 0) {
          text(exchange, 500, "The request failed; the log of the service says why.");
        }
      }
    }
  }

  private void headers(Headers headers) {
    headers.set("Content-Security-Policy", assets.contentSecurityPolicy());
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cache-Control", "no-store");
  }

  private void answer(HttpExchange exchange) throws IOException {
    List<String> host = exchange.getRequestHeaders().getOrDefault("Host", List.of());
    if (!hosts.accepts(host)) {
      text(
          exchange,
          403,
          "This page does not answer to the name "
              + host
              + ": use localhost, or give the page this name by StatusPage.Builder.hostNames.");
      return;
    }
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      text(exchange, 405, "This page is read-only: GET and HEAD.");
      return;
    }
    String query = exchange.getRequestURI().getRawQuery();
    switch (exchange.getRequestURI().getPath()) {
      case "/status" -> status(exchange, query);
      case "/" -> withoutQuery(exchange, query, this::page);
      case "/history" -> withoutQuery(exchange, query, this::history);
      case "/health" -> withoutQuery(exchange, query, this::health);
      case "/metrics" -> withoutQuery(exchange, query, this::metrics);
      default ->
          text(
              exchange,
              404,
              "There is nothing here. The page is at /, its data at /status, /history, /health and"
                  + " /metrics.");
    }
  }

  private static void withoutQuery(
      HttpExchange exchange, @Nullable String query, HttpHandler answer) throws IOException {
    if (query == null || query.isEmpty()) {
      answer.handle(exchange);
    } else {
      text(exchange, 400, exchange.getRequestURI().getPath() + " takes no parameters.");
    }
  }

  private void page(HttpExchange exchange) throws IOException {
    send(exchange, 200, "text/html; charset=utf-8", assets.page().getBytes(UTF_8));
  }

  private void status(HttpExchange exchange, @Nullable String query) throws IOException {
    Optional<Integer> partitions = partitions(query);
    if (partitions.isEmpty()) {
      text(
          exchange,
          400,
          "/status takes one parameter: partitions=N with N from 0 to %d, or partitions=all."
              .formatted(StatusView.MOST_PARTITIONS));
      return;
    }
    int most = partitions.get();
    Body body = json -> StatusJson.write(json, sampler.latest(), sampler.events(), most);
    if (most == StatusJson.ALL) {
      stream(exchange, body);
    } else {
      json(exchange, 200, body);
    }
  }

  /** Empty if the query is not one that is understood. */
  private static Optional<Integer> partitions(@Nullable String query) {
    if (query == null || query.isEmpty()) {
      return Optional.of(DEFAULT_PARTITIONS);
    }
    Matcher matcher = PARTITIONS.matcher(query);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    if (matcher.group(1).equals("all")) {
      return Optional.of(StatusJson.ALL);
    }
    return Optional.of(Integer.parseInt(matcher.group(1)))
        .filter(number -> number <= StatusView.MOST_PARTITIONS);
  }

  private void history(HttpExchange exchange) throws IOException {
    json(
        exchange,
        200,
        json -> {
          json.beginObject().name("samples");
          sampler.throughput().write(json);
          json.endObject();
        });
  }

  private void health(HttpExchange exchange) throws IOException {
    StatusView view = sampler.latest();
    Optional<String> overdue = sampler.overdue();
    if (overdue.isPresent()) {
      json(
          exchange,
          503,
          json ->
              json.beginObject()
                  .field("verdict", Verdict.DOWN)
                  .field("reasons", List.of(overdue.get()))
                  .field("since", view.asOf())
                  .endObject());
      return;
    }
    LinkHealth health = view.health();
    json(
        exchange,
        health.verdict() == Verdict.DOWN ? 503 : 200,
        json -> StatusJson.health(json, health));
  }

  private void metrics(HttpExchange exchange) throws IOException {
    Supplier<String> prometheus = scrape;
    if (prometheus == null) {
      text(
          exchange,
          404,
          "This page was given no registry. Add micrometer-registry-prometheus to the service, bind"
              + " the link's TwinlogMeters to a PrometheusMeterRegistry, and give its scrape method"
              + " to StatusPage.Builder.prometheus.");
      return;
    }
    send(exchange, 200, PROMETHEUS, prometheus.get().getBytes(UTF_8));
  }

  private static void text(HttpExchange exchange, int code, String text) throws IOException {
    send(exchange, code, TEXT, (text + "\n").getBytes(UTF_8));
  }

  private static void json(HttpExchange exchange, int code, Body body) throws IOException {
    StringWriter text = new StringWriter(4_096);
    body.write(new JsonWriter(text));
    send(exchange, code, JSON, text.toString().getBytes(UTF_8));
  }

  private static void send(HttpExchange exchange, int code, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    if (isHead(exchange)) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(code, -1);
      return;
    }
    exchange.sendResponseHeaders(code, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /** Sends what may be long as it is written. */
  private static void stream(HttpExchange exchange, Body body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", JSON);
    if (isHead(exchange)) {
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    exchange.sendResponseHeaders(200, 0);
    try (Writer out =
        new BufferedWriter(new OutputStreamWriter(exchange.getResponseBody(), UTF_8), 32_768)) {
      body.write(new JsonWriter(out));
    }
  }

  private static boolean isHead(HttpExchange exchange) {
    return exchange.getRequestMethod().equals("HEAD");
  }
}
