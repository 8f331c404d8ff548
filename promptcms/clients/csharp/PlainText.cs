using System;
using System.Globalization;
using System.Numerics;

namespace Promptcms.Client
{
    /// <summary>How a value reads in a prompt: the same digits in every language and country.</summary>
    internal static class PlainText
    {
        /// <summary>Return text as it is, true/false, numbers in plain digits; null for anything else.</summary>
        public static string Of(object value)
        {
            if (value is string text) return text;
            if (value is bool truth) return truth ? "true" : "false";
            if (value is double wide) return IsFinite(wide) ? Whole(wide) ?? ShortestDigits.Of(wide) : null;
            if (value is float narrow) return IsFinite(narrow) ? Whole(narrow) ?? ShortestDigits.Of(narrow) : null;
            if (value is decimal money) return money.ToString("0.############################", CultureInfo.InvariantCulture);
            return IsWhole(value) ? ((IFormattable)value).ToString("D", CultureInfo.InvariantCulture) : null;
        }

        private static bool IsWhole(object value)
        {
            return value is int || value is long || value is BigInteger || value is uint || value is ulong
                || value is short || value is ushort || value is byte || value is sbyte;
        }

        private static bool IsFinite(double number)
        {
            return !double.IsNaN(number) && !double.IsInfinity(number);
        }

        /// <summary>Return a number without a fraction in all its digits; null if it has one.</summary>
        private static string Whole(double number)
        {
            return number == Math.Floor(number) ? new BigInteger(number).ToString(CultureInfo.InvariantCulture) : null;
        }
    }
}
