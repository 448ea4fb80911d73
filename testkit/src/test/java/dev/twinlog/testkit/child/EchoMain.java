package dev.twinlog.testkit.child;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** A program for a child JVM: prints each line of its input, until the line "end". */
public final class EchoMain {
  private EchoMain() {}

  public static void main(String[] args) throws Exception {
    System.err.println("to be kept, not awaited");
    System.out.println("ready " + String.join(" ", args));
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); !line.equals("end"); line = in.readLine()) {
      System.out.println("echo " + line);
    }
    System.exit(7);
  }
}
