package dev.twinlog.testkit.quickstart;

import java.io.PrintStream;
import java.util.List;

/** A screen for a terminal: permanent lines scroll above a block that is redrawn in place. */
final class LiveScreen implements Screen {
  private static final String ESCAPE = "\u001b[";
  private static final String HIDE_CURSOR = ESCAPE + "?25l";
  private static final String SHOW_CURSOR = ESCAPE + "?25h";
  private static final String CLEAR_BELOW = ESCAPE + "J";
  private static final String CLEAR_REST_OF_LINE = ESCAPE + "K";

  private final PrintStream out;
  private final View view;
  private List<String> block = List.of();
  private boolean hidden;

  LiveScreen(PrintStream out, View view) {
    this.out = out;
    this.view = view;
  }

  @Override
  public synchronized void print(List<String> lines) {
    StringBuilder text = new StringBuilder(home()).append(block.isEmpty() ? "" : CLEAR_BELOW);
    lines.forEach(line -> text.append(line).append('\n'));
    block.forEach(line -> text.append(line).append('\n'));
    write(text);
  }

  @Override
  public synchronized void show(Snapshot now) {
    List<String> next = view.block(now);
    StringBuilder text = new StringBuilder(hidden ? "" : HIDE_CURSOR).append(home());
    next.forEach(line -> text.append(line).append(CLEAR_REST_OF_LINE).append('\n'));
    text.append(CLEAR_BELOW);
    hidden = true;
    block = next;
    write(text);
  }

  @Override
  public synchronized void clear() {
    if (!block.isEmpty()) {
      write(new StringBuilder(home()).append(CLEAR_BELOW));
      block = List.of();
    }
  }

  @Override
  public synchronized void close() {
    if (hidden) {
      write(new StringBuilder(SHOW_CURSOR));
      hidden = false;
    }
  }

  /** The escape sequence to the beginning of the block. */
  private String home() {
    return block.isEmpty() ? "" : ESCAPE + block.size() + "A\r";
  }

  /** Writes in one piece, to avoid flicker. */
  private void write(StringBuilder text) {
    out.print(text);
    out.flush();
  }
}
