"""The C# client, compiled and run by Mono: the contract, and against the running product."""
